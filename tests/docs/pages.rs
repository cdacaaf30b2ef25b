//! The manual pages: clean in both formatters, and of one mind with the table of flags.

use std::collections::BTreeSet;
use std::process::Command;

use ipvsadm::cli::flags::{FLAGS, Flag, Takes};
use ipvsadm::diagnose::Id;
use ipvsadm::model::scheduler::SCHEDULERS;
use vm::packages;

use crate::help;
use crate::page::{self, PAGES};

/// All that a program says about a page.
fn said_by(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn formatters_have_no_warning() {
    packages::require(&[("mandoc", "mandoc"), ("man", "man-db"), ("groff", "groff")]).unwrap();
    for page in PAGES {
        let file = page::path(page);
        let mut lint = Command::new("mandoc");
        lint.args(["-T", "lint", "-W", "warning"]).arg(&file);
        assert_eq!(said_by(&mut lint), "", "mandoc, {page}");

        let mut groff = Command::new("groff");
        groff.args(["-mdoc", "-ww", "-z", "-Tutf8"]).arg(&file);
        assert_eq!(said_by(&mut groff), "", "groff, {page}");

        let mut man = Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"])
            .arg(&file);
        man.env("LC_ALL", "C.UTF-8")
            .env("MANROFFSEQ", "")
            .env("MANWIDTH", "80");
        let output = man.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "man, {page}");
        assert!(output.status.success() && !output.stdout.is_empty());
    }
}

/// The items of ipvsadm.8 that say what a command or an option is.
fn described() -> Vec<page::Item> {
    page::items(&page::source("ipvsadm.8"))
        .into_iter()
        .filter(|item| matches!(item.section.as_str(), "COMMANDS" | "OPTIONS"))
        .collect()
}

/// Every item is one flag of the table, with all its spellings and its kind of value.
#[test]
fn every_flag_has_its_item() {
    let mut missing: BTreeSet<Flag> = FLAGS.iter().map(|spec| spec.flag).collect();
    for item in described() {
        let options = item.options();
        let long = options.last().unwrap().strip_prefix("--").unwrap();
        let flag = Flag::from_long(long).unwrap_or_else(|| panic!("no such option: {long}"));
        assert!(missing.remove(&flag), "described twice: --{long}");
        let spec = flag.spec();
        let mut spellings: Vec<String> = spec.shorts.chars().map(|c| format!("-{c}")).collect();
        spellings.push(format!("--{long}"));
        assert_eq!(options, spellings);
        let value = match spec.takes {
            Takes::Nothing => (false, false),
            Takes::Value(_) | Takes::ThreeWords(_) => (true, false),
            Takes::OptionalValue(_) => (true, true),
        };
        // The brackets of [:port] belong to the value.
        let head = item.head.replace("Op : Ns Ar port", "");
        let item_value = page::Item { head, ..item }.value();
        assert_eq!(item_value, value, "value of --{long}");
    }
    assert!(missing.is_empty(), "not in the manual page: {missing:?}");
}

/// Wherever a page speaks of an option, there is one.
#[test]
fn no_flag_is_invented() {
    for page in PAGES {
        for line in page::source(page).lines() {
            for word in page::options(line) {
                assert!(page::flags(&word).is_some(), "{page}: {word} in {line}");
            }
        }
    }
}

/// The headings and the order are those of the help.
#[test]
fn order_is_that_of_the_help() {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for item in described() {
        let heading = match item.section.as_str() {
            "COMMANDS" => "Commands".to_owned(),
            _ => item.subsection.clone(),
        };
        if sections.last().is_none_or(|(last, _)| *last != heading) {
            sections.push((heading, Vec::new()));
        }
        let long = item.options().pop().unwrap();
        sections.last_mut().unwrap().1.push(long);
    }
    assert_eq!(sections, help::sections());
}

/// Ranges and defaults of the help stand in the page too: every number, and the word after
/// "default".
#[test]
fn numbers_of_the_help_are_in_the_page() {
    for item in described() {
        let long = item.options().pop().unwrap();
        let help = Flag::from_long(&long[2..]).unwrap().spec().help;
        let words = |text: &str| -> BTreeSet<String> {
            text.split(|c: char| !c.is_alphanumeric())
                .map(str::to_owned)
                .collect()
        };
        let there = words(&item.body);
        let mut needed: Vec<String> = words(help)
            .into_iter()
            .filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()))
            .collect();
        if let Some((_, default)) = help.split_once("default") {
            needed.push("default".to_owned());
            let value = default.split(')').next().unwrap().trim();
            needed.extend((!value.is_empty()).then(|| value.to_owned()));
        }
        for word in needed {
            assert!(there.contains(&word), "{long}: no '{word}': {}", item.body);
        }
    }
}

/// Every scheduler has its item, and the help names them all.
#[test]
fn schedulers() {
    let help = crate::help::text();
    let (_, named) = help.split_once("a scheduler is one of ").unwrap();
    let named: Vec<&str> = named.lines().next().unwrap().split(' ').collect();
    assert_eq!(named, SCHEDULERS);
    let items = page::items(&page::source("ipvsadm.8"));
    let described: Vec<&str> = items
        .iter()
        .filter(|item| item.section == "SCHEDULERS")
        .map(|item| item.head.strip_prefix("Cm ").unwrap())
        .collect();
    assert_eq!(described, SCHEDULERS);
}

/// Every finding's id has its item with what it means, and there is no other.
#[test]
fn ids_of_findings() {
    // A sentence of the page begins with a capital.
    let sentence = |summary: &str| {
        let (first, rest) = summary.split_at(1);
        format!("{}{rest}.", first.to_uppercase())
    };
    let expected: Vec<(String, String)> = Id::ALL
        .iter()
        .map(|id| (id.name().to_owned(), sentence(id.summary())))
        .collect();
    let items = page::items(&page::source("ipvsadm.8"));
    let described: Vec<(String, String)> = items
        .iter()
        .filter(|item| item.section == "DIAGNOSIS" && item.subsection == "Findings")
        .map(|item| (item.head.replace("Li ", ""), item.body.trim().to_owned()))
        .collect();
    assert_eq!(described, expected);
}
