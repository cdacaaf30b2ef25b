//! The commands that only print: listings, rules, and texts of the program's own.

use std::io::{self, Write};

use super::error::Error;
use super::list::visible;
use super::session::Session;
use super::{list, save};
use crate::cli::command::Print;
use crate::cli::help;

/// An output that knows whether something was written to it.
struct Begun<'a> {
    out: &'a mut dyn Write,
    begun: bool,
}

impl Write for Begun<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun = true;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Prints what is asked for.
///
/// # Errors
/// Where the kernel does not answer, or the output cannot be written.
pub fn print(session: &mut Session<'_>, what: &Print) -> Result<(), Error> {
    let scope = session.scope();
    match what {
        Print::List(wanted) => {
            list::estimation::warn(session, wanted, false)?;
            let (ipvs, out) = session.parts()?;
            let mut listing = Begun { out, begun: false };
            let listed = list::list(ipvs, &mut listing, wanted, scope);
            let begun = listing.begun;
            let selected = match listed {
                // What is missing a right is refused at once; a listing that has begun had it.
                Err(error) if !begun && visible::is_instead(&error, wanted) => {
                    let (ipvs, out) = session.parts()?;
                    let selected = visible::list(ipvs, out, wanted, scope)?;
                    visible::notify(session, wanted);
                    selected
                }
                selected => selected?,
            };
            session.notice_if_none(selected);
            Ok(())
        }
        Print::Save(wanted) => {
            let (ipvs, out) = session.parts()?;
            let selected = save::save(ipvs, out, wanted, scope)?;
            session.notice_if_none(selected);
            Ok(())
        }
        Print::Help => session.print(&help::help()),
        Print::Version => {
            session.print(&format!("{}\n", help::version()))?;
            // As ipvsadm 1.31, which programs call to learn whether the kernel has IPVS.
            session.ipvs()?;
            Ok(())
        }
    }
}
