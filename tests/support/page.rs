//! A host for interpreters in the test's own process.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toy::host::{Host, Signal, Stream};

/// When so much was printed, what follows is not kept: broken programs may print without end.
const MOST: usize = 1 << 20;

/// A world without files or anybody who listens, whose time passes only for those who sleep. It keeps what is printed
/// on standard output.
#[derive(Clone, Debug, Default)]
pub struct Page {
    printed: Rc<RefCell<Vec<u8>>>,
    clock: Duration,
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed.borrow()).into_owned()
    }
}

impl Host for Page {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        let mut printed = self.printed.borrow_mut();
        if stream == Stream::Out && printed.len() < MOST {
            printed.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }

    fn is_terminal(&self, _: Stream) -> bool {
        false
    }

    fn take_signal(&mut self) -> Option<Signal> {
        None
    }

    fn now(&mut self) -> Duration {
        self.clock
    }

    fn monotonic(&mut self) -> Duration {
        self.clock
    }

    fn sleep(&mut self, duration: Duration) {
        self.clock = self.clock.saturating_add(duration);
    }

    fn read_file(&mut self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}
