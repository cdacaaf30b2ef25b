//! The exit statuses, as scripts written for ipvsadm 1.31 expect them.

use crate::cli::usage::MistakeKind;

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitStatus {
    #[default]
    Success = 0,
    /// A listing that failed.
    Listing = 1,
    /// A command line that makes no sense, a kernel without IPVS, or a caller without root's rights.
    Usage = 2,
    /// The kernel refused, or the command line could not be parsed.
    Failure = 255,
}

impl ExitStatus {
    /// A diagnosis that found something.
    pub const FINDINGS: ExitStatus = ExitStatus::Listing;
    /// A server that still had connections when time was up.
    pub const NOT_DRAINED: ExitStatus = ExitStatus::Listing;
}

impl From<MistakeKind> for ExitStatus {
    fn from(kind: MistakeKind) -> ExitStatus {
        match kind {
            MistakeKind::Syntax => ExitStatus::Failure,
            MistakeKind::Meaning => ExitStatus::Usage,
        }
    }
}
