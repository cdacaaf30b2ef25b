//! `--watch`, `--drain` and `--ramp` on a terminal: what their user sees there, and what is left when they end.

use net::topology::NAT2;
use net::{Protocol, Result, Stage};
use nix::sys::signal::Signal;

use super::Lab;
use crate::terminal::Terminal;

/// Painting, keys, sizes and signals; progress.
pub const SCREEN: Lab = Lab {
    name: "screen",
    about: "a terminal on which --watch paints, and --drain and --ramp report how far they are: keys, sizes, signals, \
            and what is left of it",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -Ln --watch",
    ],
    play: screen,
};

/// Far from one another, so that only what a case does changes the screen.
const SELDOM: &str = "ipvsadm -Ln --watch 3600";

fn screen(stage: &Stage) -> Result<()> {
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
        ],
    )?;
    painting(stage)?;
    scrolling(stage)?;
    ends(stage)?;
    stop_and_continue(stage)?;
    counted(stage)?;
    progress(stage)?;
    changes(stage)?;
    module(stage)
}

fn start(stage: &Stage, line: &str, rows: u16, columns: u16) -> Result<Terminal> {
    let mut terminal = Terminal::start(stage.host("director")?, line, rows, columns)?;
    let painted = terminal.until(|terminal| terminal.row(0).contains(" every "))?;
    terminal.show();
    let screen = terminal.screen();
    stage.expect(
        "a screen of its own, without a cursor",
        format_args!("{}, {}", screen.alternate_screen(), screen.hide_cursor()),
        painted && screen.alternate_screen() && screen.hide_cursor(),
    )?;
    Ok(terminal)
}

fn painting(stage: &Stage) -> Result<()> {
    stage.step("A listing on a screen, and on a wider one");
    let listing = stage.run("director", "ipvsadm -Ln")?;
    let mut terminal = start(stage, SELDOM, 24, 60)?;
    let same = same_rows(&terminal, &listing, 60);
    stage.expect("the listing, cut to 60 columns", same, same)?;
    terminal.resize(10, 132)?;
    let same = terminal.until(|terminal| same_rows(terminal, &listing, 69))?;
    terminal.show();
    let title = terminal.row(3);
    stage.expect(
        "painted again, with its last column",
        &title,
        same && title.ends_with("New%"),
    )?;
    terminal.press("q")?;
    ended(stage, &mut terminal)
}

/// Whether the screen has the listing under its first line, as far as so many columns show it.
fn same_rows(terminal: &Terminal, listing: &str, columns: usize) -> bool {
    listing.lines().enumerate().all(|(number, line)| {
        let cut: String = line.chars().take(columns).collect();
        terminal.row(number + 1).starts_with(cut.trim_end())
    })
}

/// Expects status 0, and the terminal as it was.
fn ended(stage: &Stage, terminal: &mut Terminal) -> Result<()> {
    let status = terminal.end()?;
    let changed = terminal.not_given_back();
    stage.expect(
        "it ends well, and the terminal is as it was",
        format_args!("{status}, changed: {changed:?}"),
        status.success() && changed.is_empty(),
    )?;
    let left = terminal.screen().contents();
    stage.expect("nothing is left on it", left.trim(), left.trim().is_empty())
}

fn scrolling(stage: &Stage) -> Result<()> {
    stage.step("A table taller than the screen");
    stage.run(
        "director",
        "for n in $(seq 21 40); do ipvsadm -A -t 192.0.2.1:$n; done",
    )?;
    let mut terminal = start(stage, SELDOM, 10, 80)?;
    // A line about the watch, three of titles, five of the table's 23, and this one.
    let last = terminal.row(9);
    stage.expect(
        "how many lines there are more",
        &last,
        last == "-- 18 more lines --",
    )?;
    let first = terminal.row(4);
    terminal.press("jjk\x1b[B")?;
    let scrolled = terminal.until(|terminal| terminal.row(9) == "-- 16 more lines, 2 above --")?;
    stage.expect("two lines further down", terminal.row(9), scrolled)?;
    terminal.press("G")?;
    let end = terminal.until(|terminal| terminal.row(9) == "-- no more lines, 18 above --")?;
    terminal.show();
    let titles = terminal.row(2);
    stage.expect(
        "at the end, under the same titles",
        &titles,
        end && titles.starts_with("Prot LocalAddress:Port"),
    )?;
    terminal.press("\x1b[5~g")?;
    let top = terminal.until(|terminal| terminal.row(4) == first)?;
    stage.expect("back at the top", terminal.row(4), top)?;
    terminal.resize(40, 80)?;
    let whole = terminal
        .until(|terminal| terminal.row(26).contains("192.0.2.1:80"))
        .and_then(|_| {
            terminal.until(|terminal| !terminal.screen().contents().contains("more line"))
        })?;
    stage.expect("all of it on a tall screen", whole, whole)?;
    terminal.press("Q")?;
    ended(stage, &mut terminal)?;
    stage
        .run(
            "director",
            "for n in $(seq 21 40); do ipvsadm -D -t 192.0.2.1:$n; done",
        )
        .map(drop)
}

fn ends(stage: &Stage) -> Result<()> {
    stage.step("However it ends, it gives the terminal back");
    let mut terminal = start(stage, SELDOM, 24, 80)?;
    terminal.press("\x03")?;
    ended(stage, &mut terminal)?;
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let mut terminal = start(stage, SELDOM, 24, 80)?;
        terminal.signal(signal)?;
        ended(stage, &mut terminal)?;
    }
    Ok(())
}

fn stop_and_continue(stage: &Stage) -> Result<()> {
    stage.step("Stopped by Ctrl-Z, it gives the terminal back; continued, it takes it again");
    let mut terminal = start(stage, SELDOM, 24, 80)?;
    terminal.press("\x1a")?;
    let stopped =
        terminal.until(|terminal| terminal.is_stopped() && terminal.not_given_back().is_empty())?;
    stage.expect("stopped, the terminal as it was", stopped, stopped)?;
    terminal.signal(Signal::SIGCONT)?;
    let again = terminal.until(|terminal| {
        terminal.screen().alternate_screen() && terminal.row(0).contains(" every ")
    })?;
    stage.expect("painted again", again, again)?;
    terminal.press("q")?;
    ended(stage, &mut terminal)
}

fn counted(stage: &Stage) -> Result<()> {
    stage.step("After so many listings the last one stays");
    let line = "ipvsadm -Ln --watch 0.1 --count 3";
    let mut terminal = Terminal::start(stage.host("director")?, line, 24, 80)?;
    let status = terminal.end()?;
    terminal.show();
    let listing = stage.run("director", "ipvsadm -Ln")?;
    let changed = terminal.not_given_back();
    stage.expect(
        "status 0, the terminal as it was, and the listing",
        format_args!("{status}, changed: {changed:?}"),
        status.success() && changed.is_empty() && same_rows(&terminal, &listing, 69),
    )
}

fn progress(stage: &Stage) -> Result<()> {
    stage.step("A ramp says how far it is, on one line, and leaves nothing behind");
    let line = "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.12:80 -m -w 5 --ramp 4";
    let mut terminal = Terminal::start(stage.host("director")?, line, 24, 80)?;
    for weight in 1..=4 {
        let told = format!("10.0.0.12:80: weight {weight}, 5 in ");
        let shown = terminal.until(|terminal| terminal.row(0).starts_with(&told))?;
        stage.expect(&told, terminal.row(0), shown)?;
    }
    ended(stage, &mut terminal)?;

    stage.step("A drain too, and it makes room for what it says at its end");
    let mut held = stage.hold(4, Protocol::Tcp, "192.0.2.1:80")?;
    let line = "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.11:80 --drain";
    let mut terminal = Terminal::start(stage.host("director")?, line, 24, 100)?;
    let told = |terminal: &Terminal, active| {
        terminal.row(0).starts_with(&format!(
            "draining 10.0.0.11:80 of TCP 192.0.2.1:80: {active} active, "
        ))
    };
    let active = held.servers().iter().filter(|name| *name == "rs1").count();
    let shown = terminal.until(|terminal| told(terminal, active))?;
    terminal.show();
    stage.expect("what is left", terminal.row(0), shown)?;
    held.close("rs1", active - 1);
    let shown = terminal.until(|terminal| told(terminal, 1))?;
    let second = terminal.row(1);
    stage.expect("less, on the same line", terminal.row(0), shown)?;
    stage.expect("the line below is empty", &second, second.is_empty())?;
    terminal.press("\x03")?;
    let status = terminal.end()?;
    terminal.show();
    let said = terminal.screen().contents();
    stage.expect(
        "its words alone",
        format_args!("{status}, {said}"),
        status.code() == Some(255) && said.starts_with("interrupted") && !said.contains("active"),
    )
}

fn changes(stage: &Stage) -> Result<()> {
    stage.step("A service that is deleted and added, a table that is cleared");
    let line = "ipvsadm -Ln -t 192.0.2.1:80 --watch 0.2";
    let mut terminal = start(stage, line, 24, 80)?;
    stage.run("director", "ipvsadm -C")?;
    let empty = terminal.until(|terminal| terminal.row(3).is_empty())?;
    terminal.show();
    stage.expect("only titles are left", terminal.row(2), empty)?;
    stage.run("director", "ipvsadm -A -t 192.0.2.1:80 -s wrr")?;
    let back = terminal.until(|terminal| terminal.row(3) == "TCP  192.0.2.1:80 wrr")?;
    stage.expect("and then the new service", terminal.row(3), back)?;
    terminal.press("q")?;
    ended(stage, &mut terminal)?;
    let missing = "ipvsadm -Ln -t 192.0.2.1:81 --watch";
    let mut terminal = Terminal::start(stage.host("director")?, missing, 24, 80)?;
    let status = terminal.end()?;
    let words = terminal.row(0);
    stage.expect(
        "one that was never there is an error, without a screen",
        format_args!("{status}, {words}"),
        status.code() == Some(1) && words == "No such service: TCP 192.0.2.1:81",
    )
}

fn module(stage: &Stage) -> Result<()> {
    stage.step("The module is unloaded");
    stage.run("director", "ipvsadm -C")?;
    let mut terminal = start(stage, "ipvsadm -Ln --watch 0.2", 24, 80)?;
    // Schedulers hold it.
    stage.run(
        "director",
        "rmmod $(sed -n 's/^\\(ip_vs_[a-z]*\\) .*/\\1/p' /proc/modules) ip_vs",
    )?;
    let status = terminal.end()?;
    terminal.show();
    let words = terminal.row(0);
    let changed = terminal.not_given_back();
    // The other labs need them.
    stage.run("director", "modprobe -a ip_vs ip_vs_lblc ip_vs_lblcr")?;
    stage.expect(
        "an error, and the terminal as it was",
        format_args!("{status}, changed: {changed:?}, {words}"),
        status.code() == Some(1) && changed.is_empty() && words.contains("ip_vs was unloaded"),
    )
}
