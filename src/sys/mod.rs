//! What the operating system gives to any program: namespaces, signals, locks, capabilities, files, other programs, a
//! terminal; and the words that its messages share with those of the other layers.

pub mod atomic_file;
pub mod capabilities;
pub mod children;
pub mod clock;
mod confinement;
pub mod lock;
pub mod managers;
pub mod netns;
pub mod port_names;
pub mod required_rights;
pub mod signals;
pub mod stdout;
pub mod target;
pub mod terminal;
pub mod words;
