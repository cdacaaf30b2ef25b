//! Words to flags with their values, in every spelling.

use super::refused;
use crate::cli::flags::{FLAGS, Flag, Takes};
use crate::cli::lexer::{Lexer, Token};
use crate::cli::usage::UsageError;

fn read<'a>(words: &[&'a str]) -> Result<Vec<Token<'a>>, UsageError> {
    Lexer::new(words.iter().copied()).collect()
}

/// Checks what words are read as.
#[track_caller]
fn check(words: &[&str], expected: &[Token<'_>]) {
    assert_eq!(read(words).as_deref(), Ok(expected), "{words:?}");
}

#[test]
fn every_flag_in_every_spelling() {
    for spec in FLAGS {
        let flag = |value| [Token::Flag(spec.flag, value)];
        let long = format!("--{}", spec.long);
        let with_value = format!("{long}=V=W");
        let with_empty = format!("{long}=");
        match spec.takes {
            Takes::Nothing | Takes::ThreeWords(_) => {
                check(&[&long], &flag(None));
                let unwanted = UsageError::UnwantedValue {
                    flag: spec.flag,
                    value: "V=W".to_owned(),
                };
                assert_eq!(read(&[&with_value]), Err(unwanted));
            }
            Takes::Value(_) => {
                check(&[&long, "V"], &flag(Some("V")));
                check(&[&long, "-V"], &flag(Some("-V")));
                check(&[&long, "--"], &flag(Some("--")));
                check(&[&long, ""], &flag(Some("")));
                check(&[&with_value], &flag(Some("V=W")));
                check(&[&with_empty], &flag(Some("")));
                let missing = UsageError::MissingValue { flag: spec.flag };
                assert_eq!(read(&[&long]), Err(missing));
            }
            Takes::OptionalValue(_) => {
                check(&[&long, "V"], &flag(Some("V")));
                check(&[&long, ""], &flag(Some("")));
                check(&[&with_value], &flag(Some("V=W")));
                check(&[&with_empty], &flag(Some("")));
                check(&[&long], &flag(None));
                let [with_nothing] = flag(None);
                let numeric = Token::Flag(Flag::Numeric, None);
                check(&[&long, "-n"], &[with_nothing, numeric]);
            }
        }
        for letter in spec.shorts.chars() {
            let short = format!("-{letter}");
            let missing = UsageError::MissingValue { flag: spec.flag };
            match spec.takes {
                Takes::Nothing | Takes::ThreeWords(_) => check(&[&short], &flag(None)),
                Takes::Value(_) => {
                    check(&[&short, "-1"], &flag(Some("-1")));
                    assert_eq!(read(&[&short]), Err(missing));
                }
                Takes::OptionalValue(_) => check(&[&short], &flag(None)),
            }
            if !matches!(spec.takes, Takes::Nothing | Takes::ThreeWords(_)) {
                check(&[&short, "V"], &flag(Some("V")));
                check(&[&format!("-{letter}V")], &flag(Some("V")));
                check(&[&format!("-{letter}=V")], &flag(Some("V")));
                check(&[&format!("-{letter}=")], &flag(Some("")));
                // In a cluster, the value is the rest of the word or the next word.
                let in_cluster = [Token::Flag(Flag::Numeric, None), flag(Some("n"))[0]];
                check(&[&format!("-n{letter}n")], &in_cluster);
                check(&[&format!("-n{letter}"), "n"], &in_cluster);
            }
        }
    }
}

#[test]
fn long_options_are_not_abbreviated() {
    for spec in FLAGS {
        let short = &spec.long[..spec.long.len() - 1];
        if Flag::from_long(short).is_none() {
            let error = read(&[&format!("--{short}"), "V"]).unwrap_err();
            assert!(matches!(&error, UsageError::UnknownOption { .. }));
            assert_eq!(
                crate::exit_status::ExitStatus::from(error.kind()) as u8,
                255
            );
        }
    }
}

#[test]
fn clusters() {
    let [list, numeric, connection] = [Flag::List, Flag::Numeric, Flag::Connection];
    let flags = |flags: &[Flag]| -> Vec<_> {
        let tokens = flags.iter().map(|flag| Token::Flag(*flag, None));
        tokens.collect()
    };
    check(&["-Ln"], &flags(&[list, numeric]));
    check(&["-lnc"], &flags(&[list, numeric, connection]));
    check(&["-L", "-nc"], &flags(&[list, numeric, connection]));
    let vip = Token::Flag(Flag::TcpService, Some("VIP"));
    check(&["-At", "VIP"], &[Token::Flag(Flag::AddService, None), vip]);
    check(&["-AtVIP"], &[Token::Flag(Flag::AddService, None), vip]);
}

#[test]
fn words_between_and_behind() {
    let numeric = Token::Flag(Flag::Numeric, None);
    check(
        &["a", "-n", "b"],
        &[Token::Word("a"), numeric, Token::Word("b")],
    );
    check(&["-"], &[Token::Word("-")]);
    check(&[""], &[Token::Word("")]);
    check(&["-n", "--"], &[numeric]);
    let words = ["-n", "--", "--list"].map(Token::Word);
    check(&["--", "-n", "--", "--list"], &words);
}

#[test]
fn unknown_options_are_quoted() {
    refused("--bogus", 255, &["'--bogus'"]);
    refused("-L --bogus=5", 255, &["'--bogus'"]);
    refused("-LQ", 255, &["'-Q'"]);
    refused("-Lé", 255, &["'-é'"]);
    refused("-L -=", 255, &["'-='"]);
    refused("-L --=5", 255, &["'--'"]);
    refused("-A -t", 255, &["'-t'", "ADDRESS[:PORT]"]);
    refused("-L --numeric=foo", 255, &["'--numeric'", "'foo'"]);
}

#[test]
fn misspelt_options_get_a_suggestion() {
    refused(
        "-A --schedular rr",
        255,
        &["'--schedular'", "'--scheduler'"],
    );
    refused("--add-servise", 255, &["'--add-servi", "'--add-service'"]);
    let far = read(&["--qqqqqqqq"]).unwrap_err().to_string();
    assert_eq!(far, "unknown option '--qqqqqqqq'");
}
