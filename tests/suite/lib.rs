//! Tests that are played where IPVS is: in a virtual machine (`tests/vm`), or in network namespaces of this very host.
//!
//! A [`Suite`] is a list of [`Case`]s. Its test program has two sides. The one that cargo starts reports each case on
//! each kernel as a test; for each kernel it has the program itself started once where IPVS is, with a list of the
//! cases to play, and follows what it prints. The kernels run side by side.
//!
//! ```ignore
//! struct Check;
//!
//! impl suite::Case for Check {
//!     fn name(&self) -> &str {
//!         "check"
//!     }
//!     fn play(&self) -> Result<(), Box<dyn std::error::Error>> {
//!         // This runs in the virtual machine.
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     suite::Suite::new("checks", &[Check]).main()
//! }
//! ```
//!
//! The kernels are those that `IPVSADM_TEST_KERNELS` names (default `6.1 6.12`, also `all`). The name `host` means
//! the machine at hand, if its kernel has IPVS and the caller is root.

mod error;
mod inside;
mod marks;
mod place;
mod show;
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use vm::Guest;

pub use error::{Error, Result};
pub use marks::figure;

/// The first argument where the cases are played; the second is a file with their indexes.
const INSIDE: &str = "--inside";

/// How long all cases of a suite together may take on one kernel, by default.
const PATIENCE: Duration = Duration::from_secs(900);

/// The first argument of a call that shows cases.
const SHOW: &str = "--show";

/// Something to be played where IPVS is.
pub trait Case: Sync {
    /// What to call it on the command line.
    fn name(&self) -> &str;

    /// How many processors the virtual machine that it is played in has. With one it takes half as much of this
    /// machine's time.
    fn processors(&self) -> u32 {
        1
    }

    /// Whether it mostly waits, for a time-out say. Such cases are played in a machine of their own, beside those that
    /// have work to do.
    fn waits(&self) -> bool {
        false
    }

    /// Whether one kernel is enough, because it is about what the program does with words. Of such cases each kernel of a
    /// run gets its share.
    fn on_any_kernel(&self) -> bool {
        false
    }

    /// Plays it, as root. What it prints is its transcript.
    ///
    /// # Errors
    ///
    /// Where something is not as expected.
    fn play(&self) -> std::result::Result<(), Box<dyn std::error::Error>>;
}

/// Cases, and what they need.
pub struct Suite {
    name: &'static str,
    cases: Vec<&'static dyn Case>,
    modules: &'static [&'static str],
    scripts: &'static [(&'static str, &'static str)],
    equip: fn(Guest) -> vm::Result<Guest>,
    prepare: fn() -> std::result::Result<(), Box<dyn std::error::Error>>,
    checks: Vec<Check>,
    patience: Duration,
    variables: Vec<&'static str>,
    guest_only: Option<&'static str>,
}

/// A test's name, and what it does.
type Check = (&'static str, fn() -> std::result::Result<(), String>);

impl Suite {
    /// Cases that need no more than ipvsadm and the programs that every guest has, and all together at most a quarter
    /// of an hour on one kernel. The name is the test program's in the guest.
    pub fn new<C: Case + 'static>(
        name: &'static str,
        cases: impl IntoIterator<Item = &'static C>,
    ) -> Self {
        Self {
            name,
            cases: cases
                .into_iter()
                .map(|case| case as &'static dyn Case)
                .collect(),
            modules: &[],
            scripts: &[],
            equip: Ok,
            prepare: || Ok(()),
            checks: Vec::new(),
            patience: PATIENCE,
            variables: Vec::new(),
            guest_only: None,
        }
    }

    /// Kernel modules to be loaded before the first case, besides IPVS itself.
    #[must_use]
    pub fn modules(mut self, names: &'static [&'static str]) -> Self {
        self.modules = names;
        self
    }

    /// Shell scripts that the cases find in PATH: their names and contents.
    #[must_use]
    pub fn scripts(mut self, scripts: &'static [(&'static str, &'static str)]) -> Self {
        self.scripts = scripts;
        self
    }

    /// Puts into the guest what else the cases use.
    #[must_use]
    pub fn equip(mut self, equip: fn(Guest) -> vm::Result<Guest>) -> Self {
        self.equip = equip;
        self
    }

    /// An environment variable that the cases ask for: it is handed on to the virtual machine.
    #[must_use]
    pub fn variable(mut self, name: &'static str) -> Self {
        self.variables.push(name);
        self
    }

    /// What is done before the first case, by the thread that plays them all.
    #[must_use]
    pub fn prepare(
        mut self,
        prepare: fn() -> std::result::Result<(), Box<dyn std::error::Error>>,
    ) -> Self {
        self.prepare = prepare;
        self
    }

    /// A test that needs no IPVS.
    #[must_use]
    pub fn check(
        mut self,
        name: &'static str,
        check: fn() -> std::result::Result<(), String>,
    ) -> Self {
        self.checks.push((name, check));
        self
    }

    /// How long all cases together may take on one kernel.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Never to be played on a host. Asked for that, the suite says why not, and is played on a kernel of our own.
    #[must_use]
    pub fn guest_only(mut self, why: &'static str) -> Self {
        self.guest_only = Some(why);
        self
    }

    /// The test program: the side that the command line asks for. `--show NAME...` shows these cases, or all, on each
    /// kernel.
    pub fn main(self) -> ExitCode {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        match arguments.split_first() {
            Some((first, [list])) if first == INSIDE => self.play_here(list),
            Some((first, names)) if first == SHOW => self.show_everywhere(names),
            _ => tests::run(self),
        }
    }
}
