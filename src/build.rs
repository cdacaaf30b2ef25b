//! Links the unwinder statically where the linker has it.
//!
//! The standard library refers to an unwinder, of which a program that aborts on a panic has little use. As a library of
//! its own, libgcc_s, it would be loaded with each start, which costs a short run a tenth.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    // Other targets than those of glibc link it statically anyhow.
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|name| name == "gnu") && has_static_unwinder() {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Asks the linker, which is a C compiler; one that does not know such questions has none.
fn has_static_unwinder() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let answer = Command::new(linker)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    // What it does not find it repeats as it was asked.
    answer.is_ok_and(|answer| {
        let path = String::from_utf8_lossy(&answer.stdout).into_owned();
        Path::new(path.trim_end()).is_absolute()
    })
}
