//! A host for interpreters in the test's own process.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use toy::host::{Host, Signal, Stream};

/// A host that keeps what is printed on standard output.
#[derive(Clone, Debug, Default)]
pub struct Page(Rc<RefCell<Vec<u8>>>);

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Host for Page {
    fn write(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<usize> {
        if stream == Stream::Out {
            self.0.borrow_mut().extend_from_slice(bytes);
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
        Duration::ZERO
    }

    fn monotonic(&mut self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&mut self, _: Duration) {}

    fn read_file(&mut self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}
