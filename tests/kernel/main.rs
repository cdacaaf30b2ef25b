//! Runs the same command lines through the reference and through ours, on a real IPVS kernel, and compares
//! standard output, exit status and what the kernel then has.
//!
//! ```sh
//! cargo test --test kernel                                    # on two kernels, or on this machine's own
//! IPVSADM_TEST_KERNELS="5.10 7.2" cargo test --test kernel    # also: all, host
//! cargo test --test kernel -- values::weight                  # only cases with this in their names
//! IPVSADM_TEST_SCRIPTS=3000 cargo test --test kernel -- random    # so many random scripts, not 150
//! cargo test --test kernel -- --print-differences             # where we mean to differ, as Markdown
//! ```
//!
//! The command lines come from tables (`tables/`), and what they should do from the reference, not from us: there is
//! nothing to be updated when the reference's behaviour is found to be odd. Random scripts come from a generator with a
//! seed (`random/`). Where we mean to differ is said in
//! `differences.rs`, and only there.

// The tests need Rust 1.88, the program 1.85.
#![allow(clippy::incompatible_msrv)]

mod bench;
mod case;
mod differences;
mod guest;
mod host;
mod native;
mod pairwise;
mod program;
mod random;
mod report;
mod scenario;
mod space;
mod tables;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use case::Case;
use host::Run;
use random::Plan;
use scenario::Scenario;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--in-guest", selection, plan] => match in_guest(selection, plan) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("cannot play the cases: {error}");
                ExitCode::FAILURE
            }
        },
        ["--print-differences"] => {
            print!("{}", differences::markdown());
            ExitCode::SUCCESS
        }
        _ => tests(),
    }
}

fn in_guest(selection: &str, plan: &str) -> Result<(), Box<dyn std::error::Error>> {
    let plan = Plan::decode(&std::fs::read_to_string(plan)?).ok_or("no plan")?;
    host::in_guest(&cases(tables::all(), plan), selection)
}

/// Both sides have the same list.
fn cases(scenarios: Vec<Scenario>, plan: Plan) -> Vec<Case> {
    let tables = scenarios.into_iter().map(Case::Table);
    let random = plan.batches().into_iter().map(Case::Random);
    tables.chain(random).collect()
}

fn tests() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Results come in the order of the list, and from one machine at a time.
    arguments.test_threads = Some(1);
    let asked = host::places()
        .map_err(|error| error.to_string())
        .and_then(|places| Ok((places, Plan::from_environment()?)));
    let (places, plan) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let scenarios = tables::all();
    let cases = Arc::new(cases(scenarios.clone(), plan));
    let mut trials = vec![
        Trial::test("suite::differences_are_exercised", {
            move || Ok(differences::check(&scenarios)?)
        }),
        Trial::test("suite::readme_lists_differences", || {
            Ok(differences::check_readme()?)
        }),
        Trial::test("suite::seeds_give_scripts", || Ok(random::check_seeds()?)),
    ];
    let mut runs: Vec<Arc<Run>> = Vec::new();
    for place in places {
        let names: Vec<String> = cases
            .iter()
            .map(|case| format!("{place}::{}", case.name()))
            .collect();
        let selected = (0..names.len())
            .filter(|index| suite::selected(&arguments, &names[*index]))
            .collect();
        let run = Run::new(place, &cases, plan, selected);
        for (index, name) in names.into_iter().enumerate() {
            let run = Arc::clone(&run);
            trials.push(Trial::test(name, move || Ok(run.result(index)?)));
        }
        let whole = Arc::clone(&run);
        trials.push(Trial::test(
            format!("{place}::the_run_ends_well"),
            move || Ok(whole.end()?),
        ));
        if !arguments.list {
            eprintln!(
                "{place}: {}",
                match place {
                    vm::Place::Guest(_) => "in a virtual machine",
                    vm::Place::Host => "in network namespaces of this machine",
                }
            );
        }
        runs.push(run);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    for summary in runs.iter().filter_map(|run| run.summary()) {
        println!("{summary}");
    }
    conclusion.exit_code()
}
