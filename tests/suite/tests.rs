//! The side that reports: a test for each case and kernel. The kernels are booted side by side, as many at a time as
//! this machine has processors.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};
use vm::Place;
use vm::place::VARIABLE;

use crate::Suite;
use crate::marks::Line;

/// What became of a case: its transcript, in the error if it failed.
type Verdict = Result<(), String>;

/// How many of the cases that took longest are named at the end.
const SLOWEST: usize = 5;

/// The cases that are played one after the other in one machine.
struct Run {
    suite: Arc<Suite>,
    place: Place,
    processors: u32,
    /// Whether its cases mostly wait.
    waits: bool,
    /// Their indexes in the suite's list.
    cases: Vec<usize>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    verdicts: HashMap<usize, Verdict>,
    /// Set at the end: what went wrong besides the cases, and what was seen last.
    end: Option<Result<(), String>>,
}

/// The runs that have not begun.
#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Arc<Run>>>,
    started: Mutex<bool>,
}

/// Runs the tests that the command line selects.
pub fn run(suite: Suite) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They are reported in the order of the list, and all the work is done in other threads.
    arguments.test_threads = Some(1);
    let places = match Place::chosen() {
        Ok(places) => places,
        Err(error) => {
            eprintln!("{VARIABLE}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let suite = Arc::new(suite);
    let queue = Arc::new(Queue::default());
    let mut trials: Vec<Trial> = suite
        .checks
        .iter()
        .map(|&(name, check)| Trial::test(format!("host::{name}"), move || Ok(check()?)))
        .collect();
    let mut runs = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let is_played =
            |case: &usize| !suite.cases[*case].on_any_kernel() || case % places.len() == number;
        let cases: Vec<usize> = (0..suite.cases.len()).filter(is_played).collect();
        let of_place = Run::all_of(&suite, *place, &cases, &arguments);
        trials.extend(suite.trials(*place, &cases, &of_place, &queue));
        runs.extend(of_place);
    }
    // What takes more processors comes last, when nothing else wants them.
    runs.sort_by_key(|run| run.processors);
    *lock(&queue.waiting) = runs.iter().cloned().collect();

    let conclusion = libtest_mimic::run(&arguments, trials);
    if !*lock(&queue.started) {
        return conclusion.exit_code();
    }
    // The last verdict is not the end: a machine may have more to hand over, such as which lines were run.
    let mut status = conclusion.exit_code();
    for run in &runs {
        if let Err(error) = run.end() {
            eprintln!("{}: {error}", run.place);
            status = ExitCode::FAILURE;
        }
    }
    status
}

/// Whether the test of this title will be run, by the rules of cargo's own test programs.
fn is_selected(arguments: &Arguments, title: &str) -> bool {
    let matches = |filter: &String| match arguments.exact {
        true => title == filter,
        false => title.contains(filter.as_str()),
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

impl Suite {
    fn title(&self, place: Place, case: usize) -> String {
        format!("{place}::{}", self.cases[case].name())
    }

    /// A test for each of these cases, also for those that are not selected.
    fn trials(
        &self,
        place: Place,
        cases: &[usize],
        runs: &[Arc<Run>],
        queue: &Arc<Queue>,
    ) -> Vec<Trial> {
        let trial = |&case: &usize| {
            let run = runs.iter().find(|run| run.cases.contains(&case)).cloned();
            let queue = Arc::clone(queue);
            Trial::test(self.title(place, case), move || {
                queue.start();
                let run = run.ok_or("not selected, and yet run")?;
                run.verdict(case).map_err(Failed::from)
            })
        };
        cases.iter().map(trial).collect()
    }
}

impl Queue {
    /// Begins with the work, once: for each processor a thread takes one run after the other, and another one takes
    /// those that mostly wait.
    fn start(self: &Arc<Self>) {
        let mut started = lock(&self.started);
        if std::mem::replace(&mut *started, true) {
            return;
        }
        let processors = thread::available_parallelism().map_or(1, usize::from);
        for waits in [false, true].repeat(processors) {
            let queue = Arc::clone(self);
            thread::spawn(move || {
                while let Some(run) = queue.next(waits) {
                    run.play();
                }
            });
        }
    }

    /// The next run of those that mostly wait, or of the others.
    fn next(&self, waits: bool) -> Option<Arc<Run>> {
        let mut waiting = lock(&self.waiting);
        let next = waiting.iter().position(|run| run.waits == waits)?;
        waiting.remove(next)
    }
}

impl Run {
    /// Those of the cases that are selected, in machines with as many processors as they want.
    fn all_of(
        suite: &Arc<Suite>,
        place: Place,
        cases: &[usize],
        arguments: &Arguments,
    ) -> Vec<Arc<Self>> {
        let is_selected = |case: &usize| is_selected(arguments, &suite.title(place, *case));
        let selected: Vec<usize> = cases.iter().copied().filter(is_selected).collect();
        let kind = |case: &usize| {
            let case = suite.cases[*case];
            (case.processors(), case.waits())
        };
        let kinds: BTreeSet<(u32, bool)> = selected.iter().map(kind).collect();
        let run = |(processors, waits)| {
            let of_kind = |case: &&usize| kind(case) == (processors, waits);
            let cases = selected.iter().filter(of_kind);
            Arc::new(Self {
                suite: Arc::clone(suite),
                place,
                processors,
                waits,
                cases: cases.copied().collect(),
                state: Mutex::default(),
                changed: Condvar::new(),
            })
        };
        kinds.into_iter().map(run).collect()
    }

    /// Waits for a case to end.
    fn verdict(&self, case: usize) -> Verdict {
        let mut state = self.wait(|state| state.verdicts.contains_key(&case));
        let verdict = state.verdicts.remove(&case);
        let early = || match &state.end {
            Some(Err(why)) => Err(format!("the run ended before this case did: {why}")),
            _ => Err("not played, though the run ended well".to_owned()),
        };
        verdict.unwrap_or_else(early)
    }

    /// Waits until all of it is over.
    fn end(&self) -> Result<(), String> {
        self.wait(|_| false).end.clone().unwrap_or(Ok(()))
    }

    fn wait(&self, is_enough: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waiting = |state: &mut State| state.end.is_none() && !is_enough(state);
        self.changed
            .wait_while(lock(&self.state), waiting)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn play(&self) {
        let begun = Instant::now();
        let count = self.cases.len();
        let mut current = None;
        let mut slowest: Vec<(f64, &str)> = Vec::new();
        let mut transcript = String::new();
        let mut handle = |line: Line<'_>| match line {
            Line::Begin(case) => {
                current = Some(case);
                transcript.clear();
            }
            Line::Figure(figure) => eprintln!("{}: {figure}", self.place),
            Line::Text(text) => {
                transcript += text;
                transcript.push('\n');
            }
            Line::End { ok, seconds } => {
                let verdict = if ok {
                    Ok(())
                } else {
                    Err(std::mem::take(&mut transcript))
                };
                if let Some(case) = current.take() {
                    let name = self.suite.cases[case].name();
                    slowest.push((seconds.parse().unwrap_or_default(), name));
                    lock(&self.state).verdicts.insert(case, verdict);
                    self.changed.notify_all();
                }
            }
        };
        let played = self
            .suite
            .play(self.place, self.processors, &self.cases, &mut handle);
        let seconds = begun.elapsed().as_secs_f64();
        slowest.sort_by(|one, other| other.0.total_cmp(&one.0));
        let slowest: Vec<String> = slowest
            .iter()
            .take(SLOWEST)
            .map(|(seconds, name)| format!("{name} {seconds:.0} s"))
            .collect();
        eprintln!(
            "{}: {count} cases ended after {seconds:.0} s; the slowest: {}",
            self.place,
            slowest.join(", ")
        );
        let during = current.map(|case| format!(" during {}", self.suite.cases[case].name()));
        lock(&self.state).end = Some(played.map_err(|error| {
            let during = during.unwrap_or_default();
            format!("{error}{during}; last seen:\n{transcript}")
        }));
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
