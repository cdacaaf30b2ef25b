//! The exit statuses, and the advice after an error.

use nix::libc;

use super::*;
use crate::commands::restore::error::NotMade;
use crate::format::rules::error::RuleLineError;
use crate::format::source::Unit;
use crate::kernel::ipvs::message::DecodeError;
use crate::kernel::ipvs::{KernelError, Operation};
use crate::kernel::netlink::{Refusal, SocketError};

fn refused(operation: Operation, errno: i32) -> Error {
    let refusal = Refusal { errno, text: None };
    let error = KernelError {
        operation,
        refusal,
        explanation: None,
    };
    ipvs::Error::from(error).into()
}

#[test]
fn exit_statuses() {
    let kernel = || refused(Operation::List, libc::ESRCH);
    let usage = |error: UsageError| Error::Usage(error);
    let line = |error| {
        Error::Restore(RestoreError::Line(RuleLineError {
            number: 1,
            line: String::new(),
            error,
        }))
    };
    let no_ipvs = ipvs::Error::NoIpvs {
        loading: String::new(),
    };
    let full = || Error::Command(CommandError::Output(io::ErrorKind::StorageFull.into()));
    for (error, status, of_a_listing) in [
        (kernel(), 255, 1),
        (refused(Operation::List, libc::EPERM), 2, 2),
        (full(), 255, 1),
        (
            Error::Restore(RestoreError::Failed {
                unit: Unit::Line,
                failed: 1,
                total: 2,
                last: RuleFailure::Listing,
                existing: false,
            }),
            1,
            1,
        ),
        (ipvs::Error::from(SocketError::Silence).into(), 255, 1),
        (ipvs::Error::from(DecodeError::Header).into(), 255, 1),
        (no_ipvs.into(), 2, 2),
        (
            Error::Restore(RestoreError::BadRules {
                bad: 1,
                unit: Unit::Line,
            }),
            2,
            2,
        ),
        (usage(UsageError::NoPort), 2, 2),
        (usage(UsageError::NotText(String::new())), 255, 255),
        (line(UsageError::NoPort), 2, 2),
        (
            line(UsageError::NotInRules(crate::cli::flags::Flag::Restore)),
            255,
            255,
        ),
    ] {
        assert_eq!(error.exit_status(false) as u8, status, "{error:?}");
        assert_eq!(error.exit_status(true) as u8, of_a_listing, "{error:?}");
    }
    assert_eq!(ExitStatus::Success as u8, 0);
}

#[test]
fn a_kernel_without_ipvs() {
    let error = ipvs::Error::NoIpvs {
        loading: "exit status: 1: not found".to_owned(),
    };
    let text = error.to_string();
    assert!(text.starts_with("Can't initialize ipvs: "), "{text}");
    assert!(text.contains("exit status: 1: not found"), "{text}");
}

#[test]
fn changes_that_nobody_answered_for() {
    let single = ipvs::Error::Unanswered(SocketError::Overrun).into();
    let batch = |first: &str, last: &str| {
        Error::Restore(RestoreError::Unanswered {
            first: first.to_owned(),
            last: last.to_owned(),
            error: SocketError::Overrun,
        })
    };
    let why = "the kernel's answers did not fit into the receive queue";
    for (error, expected) in [
        (
            single,
            format!("{why}: it is not known whether the change was made (see 'ipvsadm -Ln')"),
        ),
        (
            batch("line 3", "line 3"),
            format!("line 3: {why}: whether it was applied is not known (see 'ipvsadm -Sn')"),
        ),
        (
            batch("line 3", "line 50"),
            format!(
                "line 3 to line 50: {why}: whether they were applied is not known (see 'ipvsadm -Sn')"
            ),
        ),
    ] {
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.exit_status(false), ExitStatus::Failure);
    }
}

#[test]
fn an_error_is_one_line_and_advice_another() {
    let not_made = |undone| {
        Error::Restore(RestoreError::NotMade(NotMade {
            step: Some("line 2: -C".to_owned()),
            error: CommandError::Interrupted,
            undone,
        }))
    };
    let failed = || Err(CommandError::Interrupted);
    for (error, advice) in [
        (
            Error::Usage(UsageError::NoPort),
            Some("Try 'ipvsadm --help'"),
        ),
        (
            ipvs::Error::NoIpvs {
                loading: String::new(),
            }
            .into(),
            Some("Are you sure"),
        ),
        (not_made(Ok(0)), Some("Nothing was changed")),
        (not_made(Ok(1)), Some("The one change")),
        (not_made(Ok(2)), Some("The 2 changes")),
        (not_made(failed()), Some("NOT ALL OF IT COULD BE UNDONE")),
        (Error::Command(CommandError::Interrupted), None),
    ] {
        assert!(!error.to_string().contains('\n'), "{error}");
        match (error.advice(), advice) {
            (None, None) => {}
            (Some(found), Some(begin)) => {
                assert!(found.starts_with(begin) && !found.contains('\n'), "{found}");
            }
            (found, expected) => panic!("{error}: {found:?}, {expected:?}"),
        }
    }
}

/// Whatever command it is that the reader of its output leaves.
#[test]
fn a_closed_pipe_is_recognised_in_every_command() {
    let output = |kind: io::ErrorKind| CommandError::Output(kind.into());
    let errors = |kind| {
        [
            Error::Command(output(kind)),
            Error::Restore(RestoreError::Command(output(kind))),
            Error::Drain(DrainError::Command(output(kind))),
            Error::Ramp(RampError::Command(output(kind))),
        ]
    };
    for error in errors(io::ErrorKind::BrokenPipe) {
        assert!(error.is_closed_pipe(), "{error:?}");
    }
    for error in errors(io::ErrorKind::StorageFull) {
        assert!(!error.is_closed_pipe(), "{error:?}");
    }
}

/// And so is a kernel without IPVS, and a caller without the right.
#[test]
fn every_command_can_meet_a_kernel_without_ipvs() {
    let no_ipvs = || {
        CommandError::from(ipvs::Error::NoIpvs {
            loading: String::new(),
        })
    };
    for error in [
        Error::Command(no_ipvs()),
        Error::Restore(RestoreError::Command(no_ipvs())),
        Error::Drain(DrainError::Command(no_ipvs())),
        Error::Ramp(RampError::Command(no_ipvs())),
    ] {
        assert_eq!(error.exit_status(false), ExitStatus::Usage);
        assert!(error.advice().unwrap().starts_with("Are you sure"));
    }
}
