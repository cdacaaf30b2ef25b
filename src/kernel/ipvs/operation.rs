//! What is asked of the kernel, for the words of its refusals.

use crate::model::{Change, ServiceId};

/// What was asked of the kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    FindFamily,
    Info,
    List,
    ListService(ServiceId),
    Timeouts,
    Daemons,
    Change(Change),
}
