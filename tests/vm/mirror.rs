//! Which Debian mirror to use, and how to download from it.
//!
//! The mirror is the one apt is configured with, so that local mirrors and proxies are honoured; no host name is
//! built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, PathContext, Result, run};
use crate::progress;

/// Mirror addresses to try, best first, without a slash at the end.
pub fn candidates() -> Vec<String> {
    if let Ok(mirror) = std::env::var("IPVSADM_VM_MIRROR") {
        return vec![mirror.trim_end_matches('/').to_owned()];
    }
    let apt = Path::new("/etc/apt");
    let mut files = vec![apt.join("sources.list")];
    let listed = fs::read_dir(apt.join("sources.list.d"))
        .into_iter()
        .flatten()
        .flatten();
    files.extend(listed.map(|entry| entry.path()));
    files.sort();

    let mut uris = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => uris.extend(one_line_uris(&text)),
            Some("sources") => uris.extend(deb822_uris(&text)),
            _ => {}
        }
    }
    let mut uris: Vec<String> = uris.into_iter().flat_map(expand).collect();
    // Other repositories are tried as well, but last: an unusual mirror may have any path.
    uris.sort_by_key(|uri| !uri.ends_with("/debian"));
    uris.dedup();
    uris
}

/// The addresses of `deb` lines: `deb [options] URI suite component...`.
pub fn one_line_uris(text: &str) -> Vec<String> {
    let line_uri = |line: &str| {
        let rest = line.trim().strip_prefix("deb")?;
        let rest = rest
            .starts_with(char::is_whitespace)
            .then(|| rest.trim_start())?;
        let rest = match rest.strip_prefix('[') {
            Some(options) => options.split_once(']')?.1,
            None => rest,
        };
        rest.split_whitespace().next().map(str::to_owned)
    };
    text.lines().filter_map(line_uri).collect()
}

/// The addresses of a deb822 file's `URIs:` fields, with their continuation lines.
pub fn deb822_uris(text: &str) -> Vec<String> {
    let mut uris = Vec::new();
    let mut inside = false;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = if line.starts_with([' ', '\t']) {
            if inside { line } else { continue }
        } else if let Some((name, value)) = line.split_once(':') {
            inside = name.eq_ignore_ascii_case("uris");
            if inside { value } else { continue }
        } else {
            inside = false;
            continue;
        };
        uris.extend(value.split_whitespace().map(str::to_owned));
    }
    uris
}

/// Keeps what curl can fetch, and replaces apt's `mirror+file:` lists (Debian's cloud images) by their contents.
fn expand(uri: String) -> Vec<String> {
    let listed = match uri.strip_prefix("mirror+file:") {
        Some(path) => fs::read_to_string(path)
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect(),
        None => vec![uri],
    };
    let usable = |uri: &String| uri.starts_with("http://") || uri.starts_with("https://");
    listed
        .into_iter()
        .filter(usable)
        .map(|uri| uri.trim_end_matches('/').to_owned())
        .collect()
}

/// Downloads a file of this length, if that is known, through curl, with apt's proxy where apt has one.
pub fn download(url: &str, to: &Path, length: Option<u64>) -> Result<()> {
    let mut curl = Command::new("curl");
    curl.args(["-sSfL", "--retry", "3", "--connect-timeout", "20", "-o"])
        .arg(to);
    if let Some(proxy) = apt_proxy(url) {
        curl.args(["--proxy", &proxy]);
    }
    curl.arg(url).stdin(Stdio::null());
    curl.stdout(Stdio::null()).stderr(Stdio::piped());
    let name = "curl".to_owned();
    let child = match curl.spawn() {
        Ok(child) => child,
        Err(source) => {
            return Err(Error::Spawn {
                program: name,
                source,
            });
        }
    };
    let output = progress::follow(child, &name, to, length)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Command {
        program: name,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn apt_proxy(url: &str) -> Option<String> {
    let scheme = url.split_once("://")?.0;
    let output = Command::new("apt-config")
        .args(["dump", &format!("Acquire::{scheme}::Proxy")])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let value = text.lines().next()?.split('"').nth(1)?.to_owned();
    (!value.is_empty() && value != "DIRECT").then_some(value)
}

/// Checks a download against the digest its index gives.
pub fn verify(path: &Path, expected: &str) -> Result<()> {
    let output = run(Command::new("sha256sum").arg("-b").arg(path))?;
    let found = String::from_utf8_lossy(&output.stdout)
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect::<String>();
    if found == expected {
        Ok(())
    } else {
        Err(Error::Checksum {
            path: path.to_owned(),
            expected: expected.to_owned(),
            found,
        })
    }
}

/// Downloads a suite's package index and returns it with the mirror it came from.
pub fn package_index(suite: &str, scratch: &Path) -> Result<(String, String)> {
    let mut last = "apt has no sources".to_owned();
    progress::step(&format!(
        "downloading the list of packages of Debian {suite}"
    ));
    for mirror in candidates() {
        let packed: PathBuf = scratch.join("Packages.xz");
        match download(
            &format!("{mirror}/dists/{suite}/main/binary-amd64/Packages.xz"),
            &packed,
            None,
        ) {
            Ok(()) => {
                let text = run(Command::new("xz").arg("-dc").arg(&packed))?.stdout;
                fs::remove_file(&packed).at(&packed)?;
                return Ok((mirror, String::from_utf8_lossy(&text).into_owned()));
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(Error::NoMirror {
        suite: suite.to_owned(),
        last,
    })
}
