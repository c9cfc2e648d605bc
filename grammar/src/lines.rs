//! From byte offsets to lines and columns, as people count them.
//!
//! Hard only for long lines that are not ASCII: a column counts characters, so their number is noted
//! at every few hundred bytes, and no question costs more than counting one such piece.

/// How many bytes lie between two noted character counts.
const PIECE: usize = 256;

/// The line starts of one text.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
    /// Characters before each `PIECE` bytes; empty for a text all ASCII.
    counts: Vec<u32>,
}

impl Lines {
    /// Finds the lines of `source`; `\n`, `\r\n` and a lone `\r` end one.
    pub fn new(source: &str) -> Lines {
        let bytes = source.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(at as u32 + 1);
        }
        let mut counts = Vec::new();
        if !source.is_ascii() {
            let mut total = 0;
            for piece in bytes.chunks(PIECE) {
                counts.push(total);
                total += count(piece) as u32;
            }
            counts.push(total);
        }
        Lines { starts, counts }
    }

    /// The number of lines; a text without a newline has one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line and the column of a byte offset into `source`, both counted from 1, the column in
    /// characters. An offset past the end counts as the end.
    pub fn place(&self, source: &str, offset: u32) -> (u32, u32) {
        let offset = offset.min(source.len() as u32);
        let line = self.line(offset);
        let start = self.starts[line as usize - 1];
        let column = if self.counts.is_empty() {
            offset - start
        } else {
            self.characters(source, offset) - self.characters(source, start)
        };
        (line, column + 1)
    }

    /// The line of a byte offset, counted from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// The byte range of a line, counted from 1, without its line end; `None` past the last.
    pub fn range(&self, source: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let start = *self.starts.get((line as usize).checked_sub(1)?)? as usize;
        let end = self.starts.get(line as usize).map_or(source.len(), |&next| next as usize);
        let text = source[start..end].trim_end_matches(['\n', '\r']);
        Some(start..start + text.len())
    }

    /// How many characters begin before `offset`.
    fn characters(&self, source: &str, offset: u32) -> u32 {
        let piece = offset as usize / PIECE;
        self.counts[piece] + count(&source.as_bytes()[piece * PIECE..offset as usize]) as u32
    }
}

/// How many characters begin in these bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}
