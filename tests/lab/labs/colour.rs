//! `--color`: what its user sees, and that programs see nothing of it.

use net::topology::NAT2;
use net::{Protocol, Result, Stage};
use vt100::Color;

use super::Lab;
use crate::terminal::Terminal;

/// Listings and a diagnosis, on terminals and in pipes.
pub const COLOUR: Lab = Lab {
    name: "colour",
    about: "servers of weight 0, full ones and idle ones, and the grades of findings, in colour where a person reads",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m -w 0",
        "ipvsadm -Ln --color auto",
    ],
    play: colour,
};

const RED: Color = Color::Idx(1);
const YELLOW: Color = Color::Idx(3);
const PLAIN: Color = Color::Default;

/// The colour of a row and whether it is dim, by its first character that is not blank.
fn look(terminal: &Terminal, row: u16) -> (Color, bool) {
    let (_, columns) = terminal.screen().size();
    (0..columns)
        .filter_map(|column| terminal.screen().cell(row, column))
        .find(|cell| !cell.contents().trim().is_empty())
        .map_or((PLAIN, false), |cell| (cell.fgcolor(), cell.dim()))
}

fn colour(stage: &Stage) -> Result<()> {
    stage.step("A server with weight 0, one that is full, one with connections, one without");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
        ],
    )?;
    let held = stage.hold(4, Protocol::Tcp, "192.0.2.1:80")?;
    stage.run_all(
        "director",
        &[
            "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -x 2",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m -w 0",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.14:80 -m",
        ],
    )?;
    let states = [(RED, false), (PLAIN, false), (YELLOW, true), (PLAIN, true)];
    let none = [(PLAIN, false); 4];
    for (line, expected) in [
        ("ipvsadm -Ln", none),
        ("ipvsadm -Ln --color auto", states),
        ("ipvsadm -Ln --rate --color auto", states),
        ("ipvsadm -Ln --color never", none),
        ("env NO_COLOR=1 ipvsadm -Ln --color auto", none),
        ("env NO_COLOR= ipvsadm -Ln --color auto", states),
        ("env NO_COLOR=1 ipvsadm -Ln --color always", states),
        ("env TERM=dumb ipvsadm -Ln --color auto", none),
        ("env -u TERM ipvsadm -Ln --color auto", none),
        ("env TERM=dumb ipvsadm -Ln --color always", states),
    ] {
        let mut terminal = Terminal::start(stage.host("director")?, line, 24, 80)?;
        terminal.end()?;
        let found: Vec<_> = (4..8).map(|row| look(&terminal, row)).collect();
        stage.expect("the colours", format_args!("{found:?}"), found == expected)?;
    }
    for (options, expected) in [
        ("", states),
        ("--color never", none),
        ("--rate --color always", states),
    ] {
        let line = format!("ipvsadm -Ln --watch 3600 {options}");
        let mut terminal = Terminal::start(stage.host("director")?, &line, 24, 80)?;
        let painted = terminal.until(|terminal| terminal.row(6).contains("10.0.0.14:80"))?;
        let found: Vec<_> = (3..7).map(|row| look(&terminal, row)).collect();
        stage.expect(
            "the colours",
            format_args!("{found:?}"),
            painted && found == expected,
        )?;
        terminal.press("q")?;
        terminal.end()?;
    }
    drop(held);
    pipes(stage)?;
    diagnosis(stage)
}

/// Where a program reads.
fn pipes(stage: &Stage) -> Result<()> {
    stage.step("A pipe gets colours only where it must");
    // A view without counters, to which the kernel may still be adding what was sent last.
    let plain = stage.run("director", "ipvsadm -Ln --thresholds | cat")?;
    for options in ["--color auto", "--color never"] {
        let line = format!("TERM=xterm ipvsadm -Ln --thresholds {options} | cat");
        let text = stage.run("director", &line)?;
        stage.expect("the same bytes", text == plain, text == plain)?;
    }
    let text = stage.run("director", "ipvsadm -Ln --thresholds --color always | cat")?;
    let stripped = stripped(&text);
    stage.expect(
        "the same but for its colours",
        text.matches('\x1b').count(),
        text != plain && stripped == plain,
    )?;
    for format in ["--json", "--metrics", "-c", "--timeout"] {
        let line = format!("ipvsadm -Ln {format} --color always | cat");
        let text = stage.run("director", &line)?;
        stage.expect("no escape", text.len(), !text.contains('\x1b'))?;
    }
    let watched = "ipvsadm -Ln --watch 0.1 --count 2";
    let text = stage.run("director", watched)?;
    stage.expect("no escape", text.len(), !text.contains('\x1b'))?;
    let text = stage.run("director", &format!("{watched} --color always"))?;
    stage.expect(
        "two listings in colour",
        text.matches("\x1b[33m").count(),
        text.matches("\x1b[33m").count() == 2,
    )
}

/// The text without its styles.
fn stripped(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or(part, |(_, rest)| rest)
    })
}

fn diagnosis(stage: &Stage) -> Result<()> {
    stage.step("The grade of a finding");
    stage.run_all(
        "director",
        &[
            "ipvsadm -C",
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 0",
        ],
    )?;
    let plain = stage.run("director", "ipvsadm --diagnose | cat")?;
    stage.expect(
        "a finding",
        plain.lines().next().unwrap_or_default(),
        plain.starts_with("broken[") && !plain.contains('\x1b'),
    )?;
    for (line, expected) in [
        ("ipvsadm --diagnose", RED),
        ("ipvsadm --diagnose --color never", PLAIN),
        ("env NO_COLOR=1 ipvsadm --diagnose", PLAIN),
        ("env TERM=dumb ipvsadm --diagnose", PLAIN),
        ("env TERM=dumb ipvsadm --diagnose --color always", RED),
    ] {
        // Wide enough that its lines do not wrap.
        let mut terminal = Terminal::start(stage.host("director")?, line, 40, 500)?;
        terminal.end()?;
        let (found, _) = look(&terminal, 0);
        let (rest, _) = look(&terminal, 1);
        let first = terminal.row(0);
        stage.expect(
            "the grade alone is coloured",
            format_args!("{first}: {found:?}, {rest:?}"),
            first.starts_with("broken[") && found == expected && rest == PLAIN,
        )?;
    }
    let text = stage.run("director", "ipvsadm --diagnose --color always | cat")?;
    stage.expect(
        "in a pipe too, if it must",
        text.len(),
        stripped(&text) == plain,
    )
}
