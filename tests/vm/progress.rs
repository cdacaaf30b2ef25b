//! Progress on standard error: a line for each step, and on a terminal a bar for each download.

use std::fs;
use std::path::Path;
use std::process::{Child, Output};
use std::thread;
use std::time::Duration;

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use crate::error::{Error, Result};

/// How often a bar is drawn.
const TICK: Duration = Duration::from_millis(100);
const STYLE: &str = "{bar:30} {decimal_bytes} of {decimal_total_bytes}, {eta} left";
/// For a download whose length is not known.
const OPEN_STYLE: &str = "{spinner} {decimal_bytes}";

/// A number of bytes for a reader: `33.21 MB`.
pub fn size(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}

/// Says what is being done.
pub fn step(text: &str) {
    eprintln!("{text}");
}

/// Waits for a program that writes a file of this length, if that is known; on a terminal a bar shows how much of it
/// is there.
pub fn follow(mut program: Child, name: &str, file: &Path, length: Option<u64>) -> Result<Output> {
    let failed = |source| Error::Spawn {
        program: name.to_owned(),
        source,
    };
    // It draws nothing where standard error is no terminal.
    let bar = match length {
        Some(length) => ProgressBar::new(length),
        None => ProgressBar::new_spinner(),
    };
    let template = if length.is_some() { STYLE } else { OPEN_STYLE };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    while program.try_wait().map_err(failed)?.is_none() {
        bar.set_position(fs::metadata(file).map_or(0, |file| file.len()));
        thread::sleep(TICK);
    }
    bar.finish_and_clear();
    program.wait_with_output().map_err(failed)
}
