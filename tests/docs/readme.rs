//! The README, and the pages beside the tests: short, true where they name options, files and folders.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// The README, and those of the tests.
fn pages() -> Vec<PathBuf> {
    let folders = fs::read_dir(Path::new(ROOT).join("tests")).unwrap();
    let mut pages: Vec<PathBuf> = folders
        .map(|folder| folder.unwrap().path().join("README.md"))
        .chain(["README.md", "tests/README.md"].map(|page| Path::new(ROOT).join(page)))
        .filter(|page| page.exists())
        .collect();
    pages.sort();
    assert!(pages.len() >= 5, "{pages:?}");
    pages
}

#[test]
fn is_read_at_one_sitting() {
    let lines = readme().lines().count();
    assert!(lines <= 250, "{lines} lines");
}

/// The two commands that a newcomer types come first, and nothing else stands between them.
#[test]
fn begins_with_two_commands() {
    let text = readme();
    let block = text.split("```sh\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let commands: Vec<&str> = block
        .lines()
        .map(|line| line.split('#').next().unwrap().trim())
        .collect();
    assert_eq!(commands, ["cargo lab", "cargo test"]);
}

/// Every option of ipvsadm that a page names exists; those of other programs stand in lines that name these.
#[test]
fn options_exist() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for code in code(&text) {
            let ours = code.split("ipvsadm").nth(1).unwrap_or(&code);
            let others = [
                "cargo",
                "tests/",
                ".ci/",
                "ln ",
                "rpmbuild",
                "ip ",
                "sysctl",
                "systemctl",
                "wget",
                "man ",
                "wc ",
                "grep",
            ];
            if others.iter().any(|other| code.contains(other)) {
                continue;
            }
            for word in ours
                .split_whitespace()
                .filter(|word| word.starts_with("--"))
            {
                let name = word.split('=').next().unwrap();
                count += 1;
                assert!(
                    crate::page::flags(name).is_some(),
                    "{page:?}: {name} in {code}"
                );
            }
        }
    }
    assert!(count >= 30, "only {count} options");
}

/// What stands in backticks, and the lines of code blocks.
fn code(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        match index % 2 {
            0 => found.extend(
                part.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(|code| code.replace('\n', " ")),
            ),
            _ => found.extend(part.lines().map(str::to_owned)),
        }
    }
    found
}

/// Links lead to files of the repository, and folders that are named are there.
#[test]
fn links_and_paths_lead_somewhere() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            let path = link.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            count += 1;
            assert!(
                page.parent().unwrap().join(path).exists(),
                "{page:?}: {link}"
            );
        }
        for code in code(&text) {
            if ["src/", "tests/", "man/", "completions/"]
                .iter()
                .any(|start| code.starts_with(start))
            {
                let path = code.split([' ', ':']).next().unwrap();
                count += 1;
                assert!(Path::new(ROOT).join(path).exists(), "{page:?}: {path}");
            }
        }
    }
    assert!(count >= 15, "only {count} paths");
}

/// The layout names each folder of the sources, and whoever adds one is told.
#[test]
fn layout_is_whole() {
    let text = readme();
    let (_, layout) = text.split_once("## Layout\n").unwrap();
    for entry in fs::read_dir(Path::new(ROOT).join("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = format!("`src/{}/`", entry.file_name().to_string_lossy());
            assert!(layout.contains(&name), "{name} is not in the layout");
        }
    }
}
