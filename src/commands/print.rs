//! The commands that only print: listings, rules, and texts of the program's own.

use super::error::Error;
use super::list::visible;
use super::session::Session;
use super::{list, save};
use crate::cli::command::Print;
use crate::cli::help;

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
            let selected = match list::list(ipvs, out, wanted, scope) {
                Err(error) if visible::is_instead(&error, wanted) => {
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
