//! Whether what a listing shows stands still, because the kernel adds up no counters.

use super::arrangement;
use crate::cli::command::{Format, List, Listed, View};
use crate::commands::error::Error;
use crate::commands::session::Session;
use crate::kernel::ipvs;
use crate::kernel::proc::sysctls;

/// What is said where a listing shows counters that stand still.
const NOTICE: &str =
    "estimation is off (net.ipv4.vs.run_estimation=0): counters and rates stand still";

/// Says so where a listing shows counters or rates, or goes by them, and the kernel does not add them up.
///
/// # Errors
/// Where the kernel has no IPVS, or the network namespace cannot be entered.
pub fn warn(session: &mut Session<'_>, list: &List, watched: bool) -> Result<(), Error> {
    if !shows_counters(list, watched) {
        return Ok(());
    }
    session.ipvs()?;
    let is_off = session.netns().inside(sysctls::estimation_is_off);
    if is_off.map_err(ipvs::Error::from)? {
        session.notice(NOTICE);
    }
    Ok(())
}

/// Whether a listing shows counters or rates, or goes by them.
fn shows_counters(list: &List, watched: bool) -> bool {
    let Listed::Table { view, .. } = list.what else {
        return false;
    };
    watched
        || list.format != Format::Text
        || matches!(view, View::Stats | View::Rate)
        || arrangement(list, None).needs_counters()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command::Order;

    #[test]
    fn listings_that_show_counters() {
        let table = |view| List {
            what: Listed::Table {
                service: None,
                view,
            },
            ..List::DEFAULT
        };
        for list in [
            table(View::Stats),
            table(View::Rate),
            List {
                order: Order::Rate,
                ..List::DEFAULT
            },
            List {
                only_active: true,
                ..List::DEFAULT
            },
            List {
                format: Format::Json,
                ..List::DEFAULT
            },
            List {
                format: Format::Metrics,
                ..List::DEFAULT
            },
        ] {
            assert!(shows_counters(&list, false), "{list:?}");
        }
        for list in [
            List::DEFAULT,
            table(View::Thresholds),
            List {
                order: Order::Weight,
                ..List::DEFAULT
            },
        ] {
            assert!(!shows_counters(&list, false), "{list:?}");
            assert!(shows_counters(&list, true), "{list:?}");
        }
        let others = [Listed::Timeouts, Listed::Daemons, Listed::Status];
        for what in others {
            let list = List {
                what,
                ..List::DEFAULT
            };
            assert!(!shows_counters(&list, true), "{list:?}");
        }
    }
}
