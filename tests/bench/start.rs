//! What a start costs: `ipvsadm -Ln` of an empty table.

use std::path::Path;

use vm::Kernel;

use super::measure;
use super::{OURS, Outcome, REFERENCE};

/// Measures the reference, ours and the programs named.
pub fn on_host(programs: &[&str], kernel: Kernel) -> Outcome {
    let mut guest = super::guest(kernel)?;
    let mut names = Vec::new();
    for (number, program) in programs.iter().enumerate() {
        let name = format!(
            "/sbin/{number}-{}",
            Path::new(program)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
        );
        guest = guest.program(program, &name);
        names.push(name);
    }
    let mut words = vec!["start"];
    words.extend(names.iter().map(String::as_str));
    super::run(guest, kernel, &words).map(drop)
}

/// Prints a row for each program.
pub fn in_guest(programs: &[&str]) -> Outcome {
    measure::quietly("modprobe", &["ip_vs"])?;
    println!("{:40} {:>10} {:>10}", "", "-Ln", "/reference");
    let mut reference = None;
    for program in [REFERENCE, OURS].iter().chain(programs) {
        // Once for nothing, so that none pays for reading the file.
        measure::command(&[program, "-Ln"], None)?;
        let measured = measure::command(&[program, "-Ln"], None)?;
        let reference = reference.get_or_insert(measured);
        println!(
            "{program:40} {:>10.2} {:>10.2}",
            measured.millions(),
            measured.millions() / reference.millions()
        );
    }
    Ok(())
}
