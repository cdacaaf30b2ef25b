//! `--watch` of a table on a terminal: folded services, marks, names of any kind, many services.

use net::topology::NAT2;
use net::{Result, Stage};

use super::Lab;
use super::screen::{SELDOM, ended, start};
use crate::terminal::Terminal;

/// The table as its user sees it and moves in it.
pub const VIEW: Lab = Lab {
    name: "view",
    about: "a watched table on a terminal: services fold, changes are marked, names of any kind keep the columns",
    on: NAT2,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -Ln --watch",
    ],
    play: view,
};

fn view(stage: &Stage) -> Result<()> {
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
            "ipvsadm -A -t 192.0.2.1:81",
            "ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.12:81 -m",
        ],
    )?;
    folding(stage)?;
    marks(stage)?;
    names(stage)?;
    many(stage)
}

fn folding(stage: &Stage) -> Result<()> {
    stage.step("Services are folded and unfolded");
    let mut terminal = start(stage, SELDOM, 24, 80)?;
    for (keys, expected) in [
        (
            "jf",
            "> TCP  192.0.2.1:80 ...|  TCP  192.0.2.1:81|    -> 10.0.0.12:81|",
        ),
        ("F", "> TCP  192.0.2.1:80 ...|  TCP  192.0.2.1:81 ...||"),
        (
            "j\r",
            "  TCP  192.0.2.1:80 ...|> TCP  192.0.2.1:81|    -> 10.0.0.12:81|",
        ),
        (
            "F",
            "  TCP  192.0.2.1:80|    -> 10.0.0.11:80|    -> 10.0.0.12:80|> TCP  192.0.2.1:81",
        ),
    ] {
        terminal.press(keys)?;
        let names = |terminal: &Terminal| {
            let name = |row| -> String { terminal.row(row).chars().take(32).collect() };
            [2, 3, 4, 5]
                .map(|row| name(row).trim_end().to_owned())
                .join("|")
        };
        let same = terminal.until(|terminal| names(terminal) == expected)?;
        stage.expect("the rows", names(&terminal), same)?;
    }
    terminal.press("q")?;
    ended(stage, &mut terminal)
}

fn marks(stage: &Stage) -> Result<()> {
    stage.step("What changed is marked until the next listing");
    let mut terminal = start(stage, "ipvsadm -Ln --watch 1.5", 24, 80)?;
    for (line, row, mark, name) in [
        (
            "ipvsadm -e -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 7",
            3,
            '*',
            "10.0.0.11:80",
        ),
        (
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.13:80 -m",
            5,
            '+',
            "10.0.0.13:80",
        ),
        (
            "ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.13:80",
            5,
            '-',
            "10.0.0.13:80",
        ),
    ] {
        stage.run("director", line)?;
        let is = |mark| {
            move |terminal: &Terminal| {
                let row = terminal.row(row);
                row.chars().nth(1) == Some(mark) && row.contains(name)
            }
        };
        let marked = terminal.until(is(mark))?;
        stage.expect("marked", terminal.row(row), marked)?;
        let unmarked = terminal.until(|terminal| !is(mark)(terminal))?;
        stage.expect("and then not any more", terminal.row(row), unmarked)?;
    }
    terminal.press("q")?;
    ended(stage, &mut terminal)
}

fn names(stage: &Stage) -> Result<()> {
    stage.step("Names that are wide, long, or made to steer a terminal");
    stage.run(
        "director",
        "cp /etc/hosts /tmp/hosts; \
         printf '10.0.0.11 \\347\\266\\262\\347\\253\\231\\n' >>/etc/hosts; \
         printf '10.0.0.12 %s.example\\n' $(seq -s a 40) >>/etc/hosts; \
         printf '192.0.2.1 a\\033[31m\\033[2Jb\\n' >>/etc/hosts",
    )?;
    let mut terminal = start(stage, "ipvsadm -L --watch 3600", 24, 80)?;
    let columns: Vec<Option<usize>> = (3..5)
        .map(|row| terminal.row(row).rfind(|c: char| c.is_ascii_digit()))
        .collect();
    let weights = (3..5).all(|row| {
        let cell = terminal.screen().cell(row, 79);
        cell.is_some_and(|cell| ["1", "7"].contains(&cell.contents()))
    });
    let service = terminal.row(2);
    stage.run("director", "cat /tmp/hosts >/etc/hosts")?;
    stage.expect(
        "every weight in its column, and nothing red",
        format_args!("{columns:?}, {service}"),
        weights
            && !terminal
                .screen()
                .contents_formatted()
                .windows(5)
                .any(|w| w == b"\x1b[31m"),
    )?;
    terminal.press("q")?;
    ended(stage, &mut terminal)
}

fn many(stage: &Stage) -> Result<()> {
    stage.step("Ten thousand services");
    stage.run(
        "director",
        "ipvsadm -C; seq 10000 | sed 's/.*/-A -f & -s rr/' | ipvsadm -R",
    )?;
    let mut terminal = start(stage, SELDOM, 10, 80)?;
    terminal.press("G")?;
    let end = terminal.until(|terminal| {
        terminal.row(9) == "-- no more lines, 9993 above --"
            && terminal.row(8).starts_with("> FWM  10000")
    })?;
    terminal.show();
    stage.expect("the last one", terminal.row(8), end)?;
    terminal.press("q")?;
    ended(stage, &mut terminal)?;
    stage.run("director", "ipvsadm -C").map(drop)
}
