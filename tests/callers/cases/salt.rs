//! Salt's execution module `lvs`: every function of it, called from a small program of its own.

use net::Result;

use crate::sides::both;

/// What the functions return that print rules and tables; others return true, or what ipvsadm said on standard error.
const TEXTS: &[&str] = &["-A", "IP Virtual", "Prot", "Error: ", "lvs"];

pub fn play() -> Result<()> {
    both(&[("lan", &[("director", "192.0.2.1/24")])], |bench| {
        let text = bench.run("python3 -B /opt/salt/driver.py")?;
        let lines: Vec<&str> = text.lines().collect();
        let as_expected = lines.len() >= 100 && lines.len() % 2 == 0;
        bench.expect("a result for each call", &text, as_expected)?;
        for call in lines.chunks_exact(2) {
            let words = call[1].trim().trim_matches('\'');
            if TEXTS.iter().any(|text| words.starts_with(text)) || ["", "True"].contains(&words) {
                bench.note(call[0], words);
            } else {
                bench.note_error(call[0], words);
            }
        }
        Ok(())
    })
}
