//! A process at a terminal: keys are typed, what the screen would show is waited for.
//!
//! What is hard: nothing may depend on how fast anything is. So nothing here sleeps for a fixed time: whoever types waits
//! until the program has shown that it is ready for it. What is compared is text without its escape sequences.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Status;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(20);

pub const PROMPT: &str = "toy> ";

/// Keys, as terminals send them.
pub const ENTER: &str = "\r";
pub const UP: &str = "\x1b[A";
pub const LEFT: &str = "\x1b[D";
pub const RIGHT: &str = "\x1b[C";
pub const CTRL_A: &str = "\x01";
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_R: &str = "\x12";
pub const TAB: &str = "\t";

pub struct Terminal {
    pub child: Child,
    master: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// So much of the screen's text was looked at already.
    seen: usize,
}

impl Terminal {
    /// Starts a program that has a terminal of this size to itself.
    #[allow(unsafe_code)] // there is no safe way to make a pseudo-terminal, or to give a child one
    pub fn start(mut command: Command, columns: u16, lines: u16) -> Terminal {
        let (mut master, mut slave) = (-1, -1);
        let mut size = libc::winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let (name, settings) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: two places for the descriptors, no name and no settings, and a size.
        let made = unsafe { libc::openpty(&mut master, &mut slave, name, settings, &raw mut size) };
        assert_eq!(made, 0, "no pseudo-terminal: {}", std::io::Error::last_os_error());
        // SAFETY: both were just made and belong to nobody else. The child gets neither but as its streams.
        let (master, slave) = unsafe {
            libc::fcntl(master, libc::F_SETFD, libc::FD_CLOEXEC);
            libc::fcntl(slave, libc::F_SETFD, libc::FD_CLOEXEC);
            (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(slave))
        };
        let stream = || Stdio::from(slave.try_clone().expect("descriptors can be copied"));
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let own = || {
            // SAFETY: these may be called between fork and exec.
            unsafe {
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
            }
            Ok(())
        };
        // SAFETY: what runs there allocates nothing.
        unsafe { command.pre_exec(own) };
        let child = command.spawn().expect("the built toy starts");
        drop((command, slave));
        let master = File::from(master);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (master.try_clone().expect("descriptors can be copied"), Arc::clone(&screen));
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut chunk) {
                to.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..count]);
            }
        });
        Terminal { child, master, screen, seen: 0 }
    }

    /// Types keys.
    pub fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Everything that was shown, as it was written.
    pub fn raw(&self) -> String {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&screen).into_owned()
    }

    /// What was shown since the last look.
    fn news(&self) -> String {
        plain(&self.raw()).get(self.seen..).unwrap_or_default().to_owned()
    }

    fn wait(&mut self, what: &str, is_there: impl Fn(&str) -> Option<usize>) -> String {
        let begun = Instant::now();
        loop {
            let news = self.news();
            if let Some(end) = is_there(&news) {
                self.seen += end;
                return news[..end].to_owned();
            }
            if begun.elapsed() > LIMIT {
                drop(self.child.kill());
                panic!("'{what}' never appeared; the screen since then:\n{news}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until a text appears; everything since the last look, up to its end.
    pub fn see(&mut self, text: &str) -> String {
        self.wait(text, |news| news.find(text).map(|at| at + text.len()))
    }

    /// Waits until an empty prompt is the last thing on the screen; everything since the last look.
    pub fn prompt(&mut self) -> String {
        self.wait(PROMPT, |news| {
            let (_, last) = news.rsplit_once('\n')?;
            (last == PROMPT).then_some(news.len())
        })
    }

    /// Types an entry, and waits for the next prompt: everything between.
    pub fn enter(&mut self, entry: &str) -> String {
        self.keys(entry);
        self.keys(ENTER);
        self.prompt()
    }

    /// Makes the window another size.
    #[allow(unsafe_code)]
    pub fn resize(&mut self, columns: u16, lines: u16) {
        let size = libc::winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the request takes a size.
        let done = unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &size) };
        assert_eq!(done, 0, "the window has another size");
    }

    #[allow(unsafe_code)]
    pub fn signal(&mut self, number: i32) {
        // SAFETY: the child is ours, and was not waited for yet.
        unsafe { libc::kill(self.child.id() as i32, number) };
    }

    /// Waits for the end: how it was, and everything since the last look.
    pub fn end(mut self) -> (Status, String) {
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().expect("the child can be waited for") {
                Some(status) => break status,
                None if begun.elapsed() > LIMIT => {
                    drop(self.child.kill());
                    panic!("it never ended; the screen since the last look:\n{}", self.news());
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        // What it wrote last is on its way still.
        let mut before = usize::MAX;
        while before != self.raw().len() {
            before = self.raw().len();
            thread::sleep(Duration::from_millis(20));
        }
        (status.into(), self.news())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended long ago.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A text without escape sequences, up to one that is not whole yet, and without the returns to the line's begin.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\r' => continue,
            '\x1b' => {}
            _ => {
                plain.push(c);
                continue;
            }
        }
        if chars.next() == Some('[') {
            chars.by_ref().find(|c| ('@'..='~').contains(c));
        }
    }
    plain
}
