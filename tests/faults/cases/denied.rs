//! The right to ask the kernel is lost in the middle of a watch.

use director::{Case, Stage, case};
use net::{Context, Result};

use crate::commands;
use crate::faults::FAULTS;
use crate::peer::Peer;
use crate::traced::{self, Outcome};

pub const DENIED: Case = case(
    "watch-denied",
    "a watch that the kernel refuses after its first listing ends, and does not go on with less",
    denied,
);

const WATCH: &str = "ipvsadm -Ln --watch 0.1 --count";
/// The first line of each listing.
const HEAD: &str = "IP Virtual Server version";
/// What is said where everybody's part of the table is listed.
const NOTICE: &str = "without CAP_NET_ADMIN";

fn denied(stage: &Stage) -> Result<()> {
    stage.set(commands::TABLE)?;
    let directory = stage.path("denied")?;
    std::fs::create_dir_all(&directory).context(|| directory.display().to_string())?;
    let run = |count: usize, mut peer: Peer<'_>| -> Result<(Outcome, usize)> {
        let line = format!("{WATCH} {count}");
        let run = || traced::run(&line, "", &directory, &mut peer);
        let outcome = stage.director()?.on(run)??;
        Ok((outcome, peer.received))
    };
    let (_, of_one) = run(1, Peer::default())?;
    let (whole, of_three) = run(3, Peer::default())?;
    stage.expect(
        "three listings, each with answers of its own",
        format_args!("{of_one} answers in one, {of_three} in three"),
        whole.stdout.matches(HEAD).count() == 3 && of_three >= of_one + 2,
    )?;
    let refused = FAULTS
        .iter()
        .find(|fault| fault.name == "refused with EPERM");
    let refused = refused.expect("the fault");
    for place in of_one..=of_three {
        let (outcome, _) = run(3, Peer::new(refused, place))?;
        let Outcome { stdout, stderr, .. } = &outcome;
        let listings = stdout.matches(HEAD).count();
        let what =
            format_args!("answer {place}: {:?}, {listings}, {stderr}", outcome.status).to_string();
        if place == of_one {
            let as_expected =
                outcome.status == Ok(0) && listings == 3 && stderr.starts_with(NOTICE);
            stage.expect(
                "the first listing: everybody's part is watched",
                what,
                as_expected,
            )?;
            continue;
        }
        stage.expect(
            "an error, after whole listings",
            what,
            outcome.status == Ok(2)
                && (1..3).contains(&listings)
                && stdout.matches("UDP  [2001:db8::1]:53 sh (sh-port)").count() == listings
                && stdout.ends_with('\n')
                && stderr.starts_with("Permission denied (you must be root)")
                && !stderr.contains(NOTICE),
        )?;
    }
    Ok(())
}
