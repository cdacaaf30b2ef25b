//! The side that runs where IPVS is: plays cases one after the other.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::error::Result;
use crate::{Case, Suite, marks};

/// Most schedulers the kernel loads when they are named. These two must be there before: if a namespace with
/// services is being removed just when a new service has them loaded, the kernel locks up. The service holds
/// IPVS's lock, which the removal waits for; the removal holds that of the namespaces, which the module waits for.
/// Seen on Linux 6.1 and 6.12 by the stacks of all three, and on 5.10.
const MODULES: [&str; 3] = ["ip_vs", "ip_vs_lblc", "ip_vs_lblcr"];

impl Suite {
    /// Plays the cases of a list here and now.
    pub(crate) fn play_here(&self, list: &str) -> ExitCode {
        match self.play_all(list) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("{}: {error}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    fn play_all(&self, list: &str) -> std::result::Result<(), Box<dyn std::error::Error>> {
        self.load_modules()?;
        (self.prepare)()?;
        for word in std::fs::read_to_string(list)?.split_whitespace() {
            let index = word.parse()?;
            let case = self.cases.get(index).ok_or("no such case")?;
            play(index, *case);
        }
        Ok(())
    }

    /// Loads what must be in the kernel before IPVS is used; those that a kernel has built in, or not at all, are no
    /// error.
    ///
    /// # Errors
    ///
    /// Where `modprobe` cannot be started.
    pub fn load_modules(&self) -> Result<()> {
        let mut modprobe = Command::new("modprobe");
        modprobe.arg("-a").args(MODULES).args(self.modules);
        match modprobe.status() {
            Ok(_) => Ok(()),
            Err(source) => Err(vm::Error::Spawn {
                program: "modprobe".to_owned(),
                source,
            })?,
        }
    }
}

fn play(index: usize, case: &dyn Case) {
    marks::begin(index);
    let begun = Instant::now();
    let outcome = case.play();
    if let Err(error) = &outcome {
        println!("\n{error}");
    }
    marks::end(outcome.is_ok(), begun.elapsed().as_secs_f64());
}
