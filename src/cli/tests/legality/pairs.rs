//! Options that exclude or need each other.

use super::*;

#[test]
fn every_pair_of_options_of_a_listing() {
    let (_, _, may) = TABLE[4];
    for first in flags(may) {
        // -6 is nothing without -f, --count without --watch, and so on.
        for second in flags(may).into_iter().filter(|second| *second != first) {
            let pair = [first, second];
            if [Flag::Ipv6, Flag::Count, Flag::Top, Flag::Sum, Flag::States]
                .iter()
                .any(|flag| pair.contains(flag))
            {
                continue;
            }
            let mut options = pair.to_vec();
            let with_connections = flags(WITH_CONNECTIONS);
            if pair.iter().any(|flag| with_connections.contains(flag))
                && !pair.contains(&Flag::Connection)
            {
                options.push(Flag::Connection);
            }
            let conflict = CONFLICTS.iter().any(|(left, right)| {
                let given = |group: &str| flags(group).iter().any(|flag| options.contains(flag));
                given(left) && given(right)
            });
            let outcome = outcome(Flag::List, &options);
            let found = matches!(outcome, Err(UsageError::Conflict { .. }));
            assert_eq!(found, conflict, "{first} with {second}: {outcome:?}");
            assert_eq!(
                outcome.is_ok(),
                !conflict,
                "{first} with {second}: {outcome:?}"
            );
        }
    }
}

#[test]
fn states_are_those_of_all_connections() {
    for other in flags("SERVICE --only --except") {
        let options = [Flag::Metrics, Flag::States, other];
        let error = outcome(Flag::List, &options).unwrap_err();
        assert!(matches!(error, UsageError::Conflict { .. }), "{error:?}");
        let options = [Flag::Metrics, Flag::Sum, other];
        assert_eq!(outcome(Flag::List, &options), Ok(()));
    }
}

#[test]
fn options_that_need_another_one() {
    for (command, needs, may) in TABLE {
        for (word, companions) in COMPANIONS {
            let option = flag(word);
            if !flags(may).contains(&option) {
                continue;
            }
            let mut options = needed(needs);
            // Any other way to name a service will do.
            if let Some(service) = options.iter_mut().find(|flag| **flag == Flag::FirewallMark) {
                *service = Flag::TcpService;
            }
            options.push(option);
            if option == Flag::Top {
                options.push(Flag::Connection);
            }
            let error = outcome(flag(command), &options).unwrap_err();
            let blamed = matches!(error, UsageError::Unsuitable { flag, .. } if flag == option);
            assert!(blamed, "{command} {word}: {error:?}");
            for companion in flags(companions) {
                let mut options = options.clone();
                if flags(SERVICES).contains(&companion) {
                    options.retain(|option| *option != Flag::TcpService);
                }
                options.push(companion);
                if option == Flag::Director {
                    options.extend(goes_with_server(option));
                }
                assert_eq!(outcome(flag(command), &options), Ok(()), "{command} {word}");
            }
        }
    }
}

#[test]
fn a_part_of_the_table() {
    for option in [Flag::Only, Flag::Except] {
        for other in [Flag::Check, Flag::Replace] {
            assert_eq!(outcome(Flag::Restore, &[option, other]), Ok(()));
        }
        for options in [&[option][..], &[option, Flag::Atomic]] {
            let said = outcome(Flag::Restore, options).unwrap_err().to_string();
            let expected = format!("'{option}' goes only with --replace or --check");
            assert_eq!(said, expected);
        }
        for (command, other) in [
            (Flag::DeleteService, Flag::Drain),
            (Flag::Save, Flag::All),
            (Flag::Zero, Flag::TcpService),
        ] {
            let both = Err(UsageError::Conflict {
                first: other,
                second: option,
            });
            assert_eq!(outcome(command, &[option, other]), both);
        }
    }
    for command in [Flag::List, Flag::Save, Flag::Clear, Flag::Zero] {
        assert_eq!(outcome(command, &[Flag::Only, Flag::Except]), Ok(()));
    }
}

#[test]
fn json_of_a_command_that_changes_is_that_of_its_report() {
    let (command, option) = (Flag::Clear, Flag::Json);
    let refused = Err(UsageError::NotAllowed { command, option });
    assert_eq!(outcome(command, &[option]), refused);
    assert_eq!(outcome(command, &[option, Flag::Report]), Ok(()));
    for nothing in [Flag::Check, Flag::DryRun] {
        let options = [Flag::Replace, nothing, Flag::Report];
        let conflict = UsageError::Conflict {
            first: nothing,
            second: Flag::Report,
        };
        assert_eq!(outcome(Flag::Restore, &options), Err(conflict));
    }
}

#[test]
fn questions_about_connections_need_the_list_of_them() {
    for option in flags(WITH_CONNECTIONS) {
        let error = outcome(Flag::List, &[option]).unwrap_err();
        let blamed = matches!(error, UsageError::Unsuitable { flag, .. } if flag == option);
        assert!(blamed, "{option}: {error:?}");
    }
}

#[test]
fn all_or_nothing_is_no_replacement() {
    let both = [Flag::Atomic, Flag::Replace];
    let error = outcome(Flag::Restore, &both).unwrap_err();
    assert!(matches!(error, UsageError::Conflict { .. }), "{error:?}");
}

#[test]
fn every_pair_of_options_as_it_is_typed() {
    for first in flags(OPTIONS) {
        for second in flags(OPTIONS) {
            let mut seen = FlagSet::default();
            seen.note(first).unwrap();
            let together = |group: &&str| {
                let group = flags(group);
                group.contains(&first) && group.contains(&second)
            };
            let repeatable = matches!(first, Flag::Ipv6 | Flag::Sort | Flag::Only | Flag::Except);
            let expected = if first == second && repeatable {
                Ok(())
            } else if first == second {
                Err(UsageError::Repeated(first))
            } else if EXCLUSIVE.iter().any(together) {
                Err(UsageError::Conflict { first, second })
            } else {
                Ok(())
            };
            assert_eq!(seen.note(second), expected);
            assert!(seen.has(first));
            assert_eq!(seen.has(second), first == second || expected.is_ok());
        }
    }
}

#[test]
fn every_pair_of_commands_is_refused() {
    for (first, ..) in TABLE {
        for (second, ..) in TABLE {
            // These two are done before anything behind them is read.
            if ["-h", "-v"].contains(&first) {
                continue;
            }
            let value = |command: &str| {
                if command.ends_with("-daemon") {
                    " master"
                } else {
                    ""
                }
            };
            let line = format!("{first}{} {second}{}", value(first), value(second));
            super::super::refused(&line, 2, &[&format!("'{first}'"), &format!("'{second}'")]);
        }
    }
}
