//! `cargo install` in its three ways, and what it installs.

use std::path::Path;

use vm::cache;

use crate::build::copy;
use crate::tools::{command, run};

/// The libraries that a program asks the dynamic linker for.
fn libraries(program: &Path) -> Vec<String> {
    let text = run(command("readelf", ".")
        .args(["--wide", "--dynamic"])
        .arg(program));
    let needed = text.lines().filter(|line| line.contains("(NEEDED)"));
    needed
        .map(|line| {
            let (_, name) = line.split_once('[').unwrap();
            name.trim_end_matches(']').to_owned()
        })
        .collect()
}

/// What the program offers to libraries that it loads: a name service module that unwinds must not find half an
/// unwinder here.
fn offered(program: &Path) -> Vec<String> {
    let text = run(command("readelf", ".")
        .args(["--wide", "--dyn-syms"])
        .arg(program));
    let defined = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (section, name) = (words.get(6)?, words.get(7)?);
        section.parse::<u32>().is_ok().then(|| (*name).to_owned())
    });
    defined.collect()
}

#[test]
fn from_the_folder_a_repository_and_the_packaged_crate() {
    let scratch = cache::run_dir().unwrap();
    let folder = scratch.join("folder");
    copy(&folder);
    // A repository whose only commit is what is there now.
    run(command("sh", &folder).args([
        "-euc",
        "git init -q && git add -A
         git -c user.name=nobody -c user.email=nobody@example.org commit -q -m all
         cargo package --locked --quiet
         cd target/package && tar -xzf ipvsadm-*.crate && mv ipvsadm-*/ crate",
    ]));
    let repository = format!("file://{}", folder.display());
    let crate_folder = folder.join("target/package/crate");
    let crate_folder = crate_folder.to_str().unwrap();
    for (name, source) in [
        ("path", vec!["--path", "."]),
        ("git", vec!["--git", &repository, "ipvsadm"]),
        ("crate", vec!["--path", crate_folder]),
    ] {
        let root = scratch.join(name);
        run(command("cargo", &folder)
            .args(["install", "--locked", "--quiet", "--root"])
            .arg(&root)
            .args(source));
        let program = root.join("bin/ipvsadm");
        assert_eq!(
            libraries(&program),
            ["libgcc_s.so.1", "libc.so.6"],
            "{name}"
        );
        assert_eq!(offered(&program), [""; 0], "{name}");
        // --version asks the kernel for IPVS as well, which this machine need not have.
        let help = run(command(&program, ".").arg("--help"));
        assert!(help.starts_with(concat!("ipvsadm v", env!("CARGO_PKG_VERSION"), " ")));
    }
}
