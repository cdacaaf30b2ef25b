//! What is handed out, made and tried as a whole: builds that can be repeated, the Debian package on a clean
//! Debian and over Debian's own on machines that systemd boots, the RPM package, `cargo install`, builds by Debian 13's
//! Rust and with musl, the name service modules of Debian's releases, the manual's timer for metrics, and what
//! cargo-deny says of the dependencies.
//!
//! ```sh
//! cargo test --test delivery      # a quarter of an hour; needs cargo-deb, cargo-deny and the internet
//! ```
//!
//! No part of a plain `cargo test`, because of that (`test = false` in Cargo.toml).

mod boot;
mod build;
mod debian;
mod deny;
mod install;
mod metrics_timer;
mod musl;
mod names;
mod roots;
mod rpm;
mod toolchain;
#[path = "../release/tools.rs"]
mod tools;
