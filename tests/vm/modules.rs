//! Kernel modules for the guest, with what they depend on.
//!
//! Debian's kernel packages come without `modules.dep` (it is made at installation), but each module names its
//! dependencies and aliases itself, in its `.modinfo` section: that is enough to make the files that the
//! guest's `modprobe` reads.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cpio::Layer;
use crate::error::{PathContext, Result, run};
use crate::kernels::Installed;

/// What the guest has by default. A name ending in `*` means all modules that begin so;
/// a name that a kernel does not have is left out, because the series differ (and some are built in).
pub const DEFAULT: &[&str] = &[
    "ip_vs*",
    "veth",
    "dummy",
    "bridge",
    "br_netfilter",
    "ipip",
    "ip6_tunnel",
    "sit",
    "ip_gre",
    "ip6_gre",
    "gre",
    "fou",
    "fou6",
    "ip_tunnel",
    "udp_tunnel",
    "ip6_udp_tunnel",
    "sctp",
    "sctp_diag",
    "nf_conntrack",
    "nf_conntrack_netlink",
    "nf_conntrack_ftp",
    "nf_nat_ftp",
    "nf_tables",
    "nft_ct",
    "nft_compat",
    "nft_nat",
    "nft_chain_nat",
    "nft_masq",
    "nft_redir",
    "nft_log",
    "nft_limit",
    "nft_reject*",
    "nft_counter",
    "nft_objref",
    "nft_fib*",
    "xt_mark",
    "xt_MARK",
    "xt_ipvs",
    "xt_nat",
    "xt_conntrack",
    "xt_connmark",
    "xt_tcpudp",
    "xt_addrtype",
    "xt_multiport",
    "xt_MASQUERADE",
    "xt_REDIRECT",
    "xt_TCPMSS",
    "xt_state",
    "xt_comment",
    "ip_tables",
    "ip6_tables",
    "iptable_*",
    "ip6table_*",
    "ipt_REJECT",
    "ip6t_REJECT",
    "tcp_diag",
    "udp_diag",
    "inet_diag",
    "macvlan",
    "crc32c*",
];

/// What a module says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Modules that must be loaded before, and those that had better be.
    pub depends: Vec<String>,
    /// Other names that the kernel may ask for it by.
    pub aliases: Vec<String>,
}

/// Reads the `.modinfo` strings of an uncompressed module: `key=value`, each with a NUL on both sides.
pub fn parse_info(module: &[u8]) -> Info {
    let mut info = Info::default();
    for string in module.split(|byte| *byte == 0) {
        let Ok(string) = std::str::from_utf8(string) else {
            continue;
        };
        match string.split_once('=') {
            Some(("depends", names)) => {
                info.depends.extend(
                    names
                        .split(',')
                        .filter(|name| !name.is_empty())
                        .map(canonical),
                );
            }
            // "pre: a b post: c"; loading the latter early does no harm.
            Some(("softdep", names)) => {
                info.depends.extend(
                    names
                        .split_whitespace()
                        .filter(|word| !word.ends_with(':'))
                        .map(canonical),
                );
            }
            Some(("alias", name)) => info.aliases.push(name.to_owned()),
            _ => {}
        }
    }
    info
}

/// The file names of modules may have dashes where the kernel has underscores.
fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// One that is going into the guest.
struct Module {
    /// Its path below the modules directory, uncompressed.
    path: String,
    data: Vec<u8>,
    info: Info,
}

/// Adds the modules with all their dependencies, and the index files, to a layer.
pub fn add(layer: &mut Layer, kernel: &Installed, names: &[String]) -> Result<()> {
    let files = index(&kernel.modules)?;
    let mut wanted = Vec::new();
    for name in names {
        let name = canonical(name);
        match name.strip_suffix('*') {
            Some(prefix) => wanted.extend(
                files
                    .keys()
                    .filter(|file| file.starts_with(prefix))
                    .cloned(),
            ),
            None => wanted.push(name),
        }
    }
    let mut modules = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        // Not a file: built into the kernel, an alias in a soft dependency, or unknown to this series.
        let Some(file) = files.get(&name) else {
            continue;
        };
        if modules.contains_key(&name) {
            continue;
        }
        let module = read(&kernel.modules, file)?;
        wanted.extend(module.info.depends.iter().cloned());
        modules.insert(name, module);
    }

    let base = format!("/lib/modules/{}", kernel.release);
    let (mut dep, mut alias) = (String::new(), String::new());
    for (name, module) in &modules {
        let paths: Vec<&str> = order(name, &modules)
            .iter()
            .map(|name| modules[*name].path.as_str())
            .collect();
        dep.push_str(&format!("{}: {}\n", module.path, paths.join(" ")));
        for other in &module.info.aliases {
            alias.push_str(&format!("alias {other} {name}\n"));
        }
    }
    for module in modules.into_values() {
        layer.contents(&format!("{base}/{}", module.path), module.data, false);
    }
    layer.contents(&format!("{base}/modules.dep"), dep, false);
    layer.contents(&format!("{base}/modules.alias"), alias, false);
    layer.contents(&format!("{base}/modules.symbols"), "", false);
    layer.copy(
        &format!("{base}/modules.builtin"),
        kernel.modules.join("modules.builtin"),
    );
    Ok(())
}

/// All that a module needs, those first that need the others: `modprobe` loads from the end.
fn order<'a>(name: &str, modules: &'a BTreeMap<String, Module>) -> Vec<&'a str> {
    fn visit<'a>(
        name: &str,
        modules: &'a BTreeMap<String, Module>,
        seen: &mut Vec<&'a str>,
        done: &mut Vec<&'a str>,
    ) {
        for dependency in modules
            .get(name)
            .into_iter()
            .flat_map(|module| &module.info.depends)
        {
            let Some((key, _)) = modules.get_key_value(dependency) else {
                continue;
            };
            // Soft dependencies may be circular.
            if !seen.contains(&key.as_str()) {
                seen.push(key);
                visit(key, modules, seen, done);
                done.push(key);
            }
        }
    }
    let mut done = Vec::new();
    let mut seen = modules
        .get_key_value(name)
        .map(|(key, _)| vec![key.as_str()])
        .unwrap_or_default();
    visit(name, modules, &mut seen, &mut done);
    done.reverse();
    done
}

/// All module files by canonical name.
fn index(dir: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut files = HashMap::new();
    let mut dirs = vec![dir.join("kernel")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).at(&dir)? {
            let path = entry.at(&dir)?.path();
            if path.is_dir() {
                dirs.push(path);
            } else if let Some((name, _)) = path
                .file_name()
                .and_then(|n| n.to_str())
                .and_then(|n| n.split_once(".ko"))
            {
                files.insert(canonical(name), path);
            }
        }
    }
    Ok(files)
}

/// Reads a module; compressed ones are unpacked here, on the faster side.
fn read(base: &Path, file: &Path) -> Result<Module> {
    let relative = file
        .strip_prefix(base)
        .unwrap_or(file)
        .to_string_lossy()
        .into_owned();
    let (path, data) = match relative.strip_suffix(".xz") {
        Some(path) => (
            path.to_owned(),
            run(Command::new("xz").arg("-dc").arg(file))?.stdout,
        ),
        None => (relative, fs::read(file).at(file)?),
    };
    let info = parse_info(&data);
    Ok(Module { path, data, info })
}
