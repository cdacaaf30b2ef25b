//! What the operating system gives to any program: namespaces, signals, locks, capabilities, a terminal.

pub mod capabilities;
pub mod lock;
pub mod netns;
pub mod signals;
pub mod terminal;
pub mod trace;
