//! Standard output without a buffer.

use std::io::{self, Write, stdout};

/// Standard output. That of the standard library searches all that is written for the end of its last line, from behind:
/// where a document is one line, as with `--json`, that is a pass over every byte, and took 4 % of the instructions
/// (`cargo bench`). It also takes for written what cannot be: where standard output is open for reading alone, as with
/// `1<file`, this one fails.
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
