//! Any bytes as the kernel's connection table: every line is one row, or an error.

use ipvsadm::format::connections::{Columns, row};
use ipvsadm::format::labels::Labels;
use ipvsadm::kernel::proc::connections::TableFile;

use super::is_harmless;

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let files = [TableFile::Plain, TableFile::WithOrigin];
    for (line, file) in text.lines().flat_map(|line| files.map(|file| (line, file))) {
        match file.parse(line) {
            Ok(connection) => {
                for engine_data in [false, true] {
                    let columns = Columns {
                        engine_data,
                        origin: engine_data,
                    };
                    let mut text = String::new();
                    row(&mut text, &connection, &Labels::default(), columns);
                    let row = text.strip_suffix('\n');
                    assert!(row.is_some_and(is_harmless), "{text:?}");
                }
            }
            Err(error) => assert!(is_harmless(&error.to_string())),
        }
    }
}
