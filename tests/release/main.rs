//! What is released, and what it is made from: the dependencies, the program, the Debian package.
//!
//! ```sh
//! cargo test --test release                          # seconds
//! cargo test --test release -- --include-ignored     # with release builds and a clean Debian: a quarter of an hour
//! ```

mod build;
mod debian;
mod dependencies;
mod program;
mod tools;
