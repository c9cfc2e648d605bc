//! The buffered bytes under a file: reading ahead, writing behind.
//!
//! What is hard: any call of the system may be interrupted by a signal, and the signal's exception must not lose
//! data. So every operation here can be taken up again: what was read is in the buffer, what was not written still is,
//! and the error says only that the work is not done. Who calls decides what the interruption means.

use std::cell::RefCell;
use std::io::{self, ErrorKind, SeekFrom};
use std::rc::Rc;

use super::temporary::Temporary;
use crate::host::{Host, HostFile, SHORT_WRITE, Stream};

/// How much is read at a time.
pub(super) const READ_CHUNK: usize = 8192;
/// How much is collected before it is written.
pub(super) const WRITE_CHUNK: usize = 16 * 1024;

/// With what some systems begin a text in UTF-8.
pub(super) const SIGNATURE: &[u8] = "\u{feff}".as_bytes();

/// What is behind a file.
#[derive(Debug)]
pub(super) enum Device {
    Out(Stream),
    In,
    Disk(Box<dyn HostFile>),
    /// It was closed.
    Gone,
}

/// Files whose data was lost when the collector closed them: phase 7 of the end reports it.
pub(super) type Lost = Rc<RefCell<Vec<(String, io::Error)>>>;

/// A file's buffers and what is behind them.
#[derive(Debug)]
pub(super) struct Core {
    device: Device,
    /// Bytes read and not handed out; those before `at` are.
    read: Vec<u8>,
    at: usize,
    written: Vec<u8>,
    capacity: usize,
    /// Flush whenever a line ends.
    by_line: bool,
    /// For UTF-8 with a signature: whether here is where it stands.
    pub(super) signature: Option<bool>,
    /// How messages call the file.
    pub(super) path: String,
    lost: Lost,
    /// The file is removed when it is closed.
    pub(super) temporary: Option<Rc<Temporary>>,
}

impl Core {
    pub(super) fn new(device: Device, path: String, capacity: usize, by_line: bool, lost: Lost) -> Core {
        Core {
            device,
            read: Vec::new(),
            at: 0,
            written: Vec::new(),
            capacity,
            by_line,
            signature: None,
            path,
            lost,
            temporary: None,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.device, Device::Gone)
    }

    pub(super) fn is_terminal(&self, host: &dyn Host) -> bool {
        match &self.device {
            Device::Out(stream) => host.is_terminal(*stream),
            Device::In => host.input_is_terminal(),
            Device::Disk(file) => file.is_terminal(),
            Device::Gone => false,
        }
    }

    /// The system's number for the open file.
    pub(super) fn descriptor(&self) -> Option<i32> {
        match &self.device {
            Device::Out(Stream::Out) => Some(1),
            Device::Out(Stream::Err) => Some(2),
            Device::In => Some(0),
            Device::Disk(file) => file.descriptor(),
            Device::Gone => None,
        }
    }

    /// The file itself, past the buffers.
    pub(super) fn file(&mut self) -> Option<&mut Box<dyn HostFile>> {
        match &mut self.device {
            Device::Disk(file) => Some(file),
            _ => None,
        }
    }

    // Writing.

    /// Takes bytes to be written. They may stay in the buffer until [`Core::settle`] or [`Core::flush`].
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
    }

    /// As [`Core::put`], unless so many bytes wait already.
    pub(super) fn put_within(&mut self, bytes: &[u8], most: usize) {
        if self.written.len() < most {
            self.put(bytes);
        }
    }

    /// The buffer that [`Core::put`] fills, for formatting right into it.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.signature == Some(true) {
            self.signature = Some(false);
            self.put(SIGNATURE);
        }
        &mut self.written
    }

    /// After something was put: writes if the buffer is full, or holds a line's end and the file goes by lines.
    #[inline]
    pub(super) fn settle(&mut self, host: &mut dyn Host) -> io::Result<()> {
        let due = self.written.len() >= self.capacity || (self.by_line && self.written.contains(&b'\n'));
        if !due {
            return Ok(());
        }
        let result = self.flush(host);
        if let Err(error) = &result
            && error.kind() != ErrorKind::Interrupted
        {
            // Who goes on writing to a full disk must not fill the memory as well.
            self.written.truncate(self.capacity);
        }
        result
    }

    /// Writes everything; what a failure leaves stays in the buffer. A write that took only a part may have been
    /// cut short by a signal, so it counts as an interruption.
    pub(super) fn flush(&mut self, host: &mut dyn Host) -> io::Result<()> {
        if self.written.is_empty() {
            return Ok(());
        }
        let len = self.written.len();
        match write_some(&mut self.device, host, &self.written)? {
            0 => Err(ErrorKind::WriteZero.into()),
            count => {
                self.drop_written(count);
                if count < len { Err(ErrorKind::Interrupted.into()) } else { Ok(()) }
            }
        }
    }

    /// Writes some of the bytes, past the buffer.
    pub(super) fn write_now(&mut self, host: &mut dyn Host, bytes: &[u8]) -> io::Result<usize> {
        write_some(&mut self.device, host, bytes)
    }

    /// Writes what a standard stream takes at once, and gives up the rest: nobody wants to wait any more.
    pub(super) fn flush_without_waiting(&mut self, host: &mut dyn Host) -> io::Result<()> {
        while let Device::Out(stream) = self.device
            && !self.written.is_empty()
            && host.takes_more(stream)
        {
            let len = self.written.len().min(SHORT_WRITE);
            match host.write(stream, &self.written[..len]) {
                Ok(count @ 1..) => self.drop_written(count),
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => break,
            }
        }
        self.written.clear();
        Ok(())
    }

    /// Takes what was written out of the buffer.
    fn drop_written(&mut self, count: usize) {
        if count >= self.written.len() {
            self.written.clear();
            self.written.shrink_to(self.capacity * 2);
        } else {
            self.written.drain(..count);
        }
    }

    // Reading.

    /// What was read ahead and not taken yet.
    #[inline]
    pub(super) fn ahead(&self) -> &[u8] {
        &self.read[self.at..]
    }

    /// Takes bytes that were read ahead.
    #[inline]
    pub(super) fn take(&mut self, count: usize) {
        self.at = (self.at + count).min(self.read.len());
    }

    /// Where in the buffer the bytes that [`Core::ahead`] shows begin: for messages about bytes in it.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Reads more; 0 at the end of the file.
    pub(super) fn fill(&mut self, host: &mut dyn Host) -> io::Result<usize> {
        if !self.written.is_empty() {
            self.flush(host)?;
        }
        if self.at > 0 {
            self.read.drain(..self.at);
            self.at = 0;
        }
        let len = self.read.len();
        // Long reads go in longer steps.
        self.read.resize(len + READ_CHUNK.max(len.min(1 << 20)), 0);
        let result = match &mut self.device {
            Device::In => host.read(&mut self.read[len..]),
            Device::Disk(file) => file.read(&mut self.read[len..]),
            Device::Out(_) | Device::Gone => Ok(0),
        };
        self.read.truncate(len + *result.as_ref().unwrap_or(&0));
        self.skip_signature();
        result
    }

    /// Takes the signature that the file begins with. As long as there are too few bytes to tell, none is taken;
    /// nobody reads less than a character of three.
    fn skip_signature(&mut self) {
        if self.signature == Some(true) && self.read.len() >= SIGNATURE.len() {
            self.signature = Some(false);
            if self.read.starts_with(SIGNATURE) {
                self.at = SIGNATURE.len();
            }
        }
    }

    /// Before something is written to a file that was read: forgets what was read ahead, and goes back to where
    /// the program thinks it is.
    pub(super) fn leave_reading(&mut self) -> io::Result<()> {
        let ahead = self.read.len() - self.at;
        if ahead > 0
            && let Device::Disk(file) = &mut self.device
        {
            file.seek(SeekFrom::Current(-(ahead as i64)))?;
        }
        self.read.clear();
        self.at = 0;
        Ok(())
    }

    // Places.

    /// Where the program is in the file.
    pub(super) fn tell(&mut self, host: &mut dyn Host) -> io::Result<u64> {
        self.flush(host)?;
        let ahead = (self.read.len() - self.at) as u64;
        match &mut self.device {
            Device::Disk(file) => file.stream_position().map(|position| position.saturating_sub(ahead)),
            _ => Err(io::Error::from_raw_os_error(libc::ESPIPE)),
        }
    }

    pub(super) fn seek(&mut self, host: &mut dyn Host, to: SeekFrom) -> io::Result<u64> {
        self.flush(host)?;
        self.leave_reading()?;
        let Device::Disk(file) = &mut self.device else {
            return Err(io::Error::from_raw_os_error(libc::ESPIPE));
        };
        let position = file.seek(to)?;
        self.signature = self.signature.map(|_| position == 0);
        Ok(position)
    }

    pub(super) fn set_len(&mut self, len: u64) -> io::Result<()> {
        match &mut self.device {
            Device::Disk(file) => file.set_len(len),
            _ => Err(io::Error::from_raw_os_error(libc::EINVAL)),
        }
    }

    // Closing.

    /// Flushes and closes. It is closed even if the flush fails, unless that was only interrupted.
    pub(super) fn close(&mut self, host: &mut dyn Host) -> io::Result<()> {
        let result = self.flush(host);
        if matches!(&result, Err(error) if error.kind() == ErrorKind::Interrupted) {
            return result;
        }
        // A standard stream that fails keeps its data, for the last flush to try again and to report.
        if result.is_ok() || !matches!(self.device, Device::Out(_)) {
            self.written = Vec::new();
        }
        if !matches!(self.device, Device::Out(_)) {
            self.device = Device::Gone;
        }
        self.read = Vec::new();
        self.at = 0;
        self.remove_temporary();
        result
    }

    /// Closes, and gives up what was not written.
    pub(super) fn abandon(&mut self) {
        self.written = Vec::new();
        self.device = Device::Gone;
        self.remove_temporary();
    }

    fn remove_temporary(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            temporary.remove();
        }
    }
}

fn write_some(device: &mut Device, host: &mut dyn Host, bytes: &[u8]) -> io::Result<usize> {
    match device {
        Device::Out(stream) => host.write(*stream, bytes),
        Device::Disk(file) => file.write(bytes),
        Device::In | Device::Gone => Ok(bytes.len()),
    }
}

impl Drop for Core {
    /// The collector found that nobody can reach the file any more.
    fn drop(&mut self) {
        let Device::Disk(file) = &mut self.device else { return };
        if self.written.is_empty() {
            return;
        }
        // `write_all` goes on after an interruption.
        if let Err(error) = file.write_all(&self.written)
            && let Ok(mut lost) = self.lost.try_borrow_mut()
        {
            lost.push((std::mem::take(&mut self.path), error));
        }
    }
}
