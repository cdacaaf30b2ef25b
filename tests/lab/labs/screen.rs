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
pub(super) const SELDOM: &str = "ipvsadm -Ln --watch 3600";

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
    unpainted(stage)?;
    module(stage)
}

/// Starts a watch, and expects its screen.
pub(super) fn start(stage: &Stage, line: &str, rows: u16, columns: u16) -> Result<Terminal> {
    let mut terminal = Terminal::start(stage.host("director")?, line, rows, columns)?;
    let painted = terminal.until(is_painted)?;
    terminal.show();
    let screen = terminal.screen();
    stage.expect(
        "a screen of its own, without a cursor",
        format_args!("{}, {}", screen.alternate_screen(), screen.hide_cursor()),
        painted && screen.alternate_screen() && screen.hide_cursor(),
    )?;
    Ok(terminal)
}

/// Whether there is the first line, which ends in how to end it.
fn is_painted(terminal: &Terminal) -> bool {
    terminal.row(0).ends_with("q: quit")
}

fn painting(stage: &Stage) -> Result<()> {
    stage.step("A table on a screen of 80 columns, on a wider one, and on one that is hardly any");
    let mut terminal = start(stage, SELDOM, 24, 80)?;
    let rows: Vec<String> = (1..6).map(|row| terminal.row(row)).collect();
    stage.expect(
        "connections a second, shares, connections and weights",
        rows.join("\n"),
        rows == [
            "  Address:Port                      Conn/s New%         Active Inactive   Weight",
            "> TCP  192.0.2.1:80                      - 2 servers         0        0",
            "    -> 10.0.0.11:80                      -                   0        0        1",
            "    -> 10.0.0.12:80                      -                   0        0        1",
            "",
        ],
    )?;
    for (key, name, column) in [
        ("v", "traffic 2/5", "OutB/s"),
        ("\x1b[C", "averages 3/5", "OutBPS"),
        ("v", "totals 4/5", "OutBytes"),
        ("v", "settings 5/5", "Persist"),
        ("v", "load 1/5", "Weight"),
        ("V", "settings 5/5", "Persist"),
    ] {
        terminal.press(key)?;
        let turned = terminal.until(|terminal| {
            terminal.row(0).contains(name) && terminal.row(1).ends_with(column)
        })?;
        terminal.show();
        stage.expect("another page of columns", terminal.row(1), turned)?;
    }
    terminal.resize(10, 132)?;
    let wide = terminal.until(|terminal| terminal.row(1).len() == 107)?;
    stage.expect(
        "painted again, with more room for names",
        terminal.row(1),
        wide,
    )?;
    terminal.resize(5, 20)?;
    let tiny = terminal.until(|terminal| {
        terminal.row(0) == "v: next  q: quit" && terminal.row(2).trim_end() == "> TCP  192.0.2.1:80"
    })?;
    terminal.show();
    stage.expect("the keys, and the names", terminal.row(2), tiny)?;
    terminal.press("\x04q")?;
    ended(stage, &mut terminal)
}

/// Whether what was left on the terminal is the listing under its time, as far as so many columns show it.
fn same_rows(terminal: &Terminal, listing: &str, columns: usize) -> bool {
    listing.lines().enumerate().all(|(number, line)| {
        let cut: String = line.chars().take(columns).collect();
        terminal.row(number + 1).starts_with(cut.trim_end())
    })
}

/// Expects status 0, and the terminal as it was.
pub(super) fn ended(stage: &Stage, terminal: &mut Terminal) -> Result<()> {
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
    // Two lines of head, seven of the table's 23 rows, and this one.
    let last = terminal.row(9);
    stage.expect(
        "how many lines there are more",
        &last,
        last == "-- 16 more lines --",
    )?;
    let first = terminal.row(2);
    terminal.press("jjk\x1b[B")?;
    let moved = terminal.until(|terminal| terminal.row(4).starts_with('>'))?;
    stage.expect("the cursor two lines further down", terminal.row(4), moved)?;
    terminal.press(" ")?;
    let scrolled = terminal.until(|terminal| terminal.row(9) == "-- 13 more lines, 3 above --")?;
    stage.expect(
        "a page further, as far as needed",
        terminal.row(9),
        scrolled,
    )?;
    terminal.press("G")?;
    let end = terminal.until(|terminal| terminal.row(9) == "-- no more lines, 16 above --")?;
    terminal.show();
    let titles = terminal.row(1);
    stage.expect(
        "at the end, under the same titles",
        &titles,
        end && titles.starts_with("  Address:Port"),
    )?;
    terminal.press("\x1b[5~g")?;
    let top = terminal.until(|terminal| terminal.row(2) == first)?;
    stage.expect("back at the top", terminal.row(2), top)?;
    terminal.resize(40, 80)?;
    let whole = terminal
        .until(|terminal| !terminal.screen().contents().contains("more line"))
        .map(|whole| whole && terminal.row(24).contains("10.0.0.12:80"))?;
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
    let again =
        terminal.until(|terminal| terminal.screen().alternate_screen() && is_painted(terminal))?;
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
    let empty = terminal.until(|terminal| terminal.row(2).is_empty())?;
    terminal.show();
    stage.expect("only titles are left", terminal.row(1), empty)?;
    stage.run("director", "ipvsadm -A -t 192.0.2.1:80 -s wrr")?;
    let back = terminal.until(|terminal| terminal.row(2).starts_with("> TCP  192.0.2.1:80 "))?;
    stage.expect("and then the new service", terminal.row(2), back)?;
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

fn unpainted(stage: &Stage) -> Result<()> {
    stage.step("A terminal that cannot be painted gets one listing after the other");
    let line = "env TERM=dumb ipvsadm -Ln --watch 0.1 --count 2";
    let mut terminal = Terminal::start(stage.host("director")?, line, 24, 80)?;
    let status = terminal.end()?;
    terminal.show();
    let second = terminal.row(6);
    stage.expect(
        "two listings, each with its time",
        format_args!("{status}, {second}"),
        status.success() && second.ends_with('Z') && terminal.row(8).starts_with("Prot "),
    )?;
    stage.step("A terminal that is gone ends it");
    let terminal = start(stage, "ipvsadm -Ln --watch 0.1", 24, 80)?;
    let ended = terminal.hang_up()?;
    stage.expect("it has ended", format_args!("{ended:?}"), ended.is_some())
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
