//! What the operating system gives to any program: namespaces, signals, locks, capabilities, files, other programs, a
//! terminal.

pub mod capabilities;
pub mod children;
mod confinement;
pub mod lock;
pub mod needs;
pub mod netns;
pub mod replace;
pub mod services;
pub mod signals;
pub mod target;
pub mod terminal;
