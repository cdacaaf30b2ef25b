//! Which kernel modules are there: loaded, built in, or to be had from the module tree; no I/O.

use std::collections::HashSet;

/// The modules of the running kernel, by the names that lsmod prints.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    loaded: HashSet<String>,
    installed: HashSet<String>,
    tree: bool,
}

impl Modules {
    /// Reads /proc/modules, and modules.builtin and modules.dep of the module tree.
    ///
    /// Each is `None` where it cannot be read: in a container the tree is often missing.
    pub fn parse(loaded: Option<&str>, builtin: Option<&str>, tree: Option<&str>) -> Modules {
        let names = |text: Option<&str>, separator| {
            let lines = text.unwrap_or_default().lines();
            let names =
                lines.filter_map(move |line| Some(module_name(line.split(separator).next()?)));
            names.collect::<HashSet<String>>()
        };
        let mut running = names(loaded, ' ');
        running.extend(names(builtin, ' '));
        Modules {
            loaded: running,
            installed: names(tree, ':'),
            tree: tree.is_some(),
        }
    }

    /// Whether the module is part of the running kernel, loaded or built in.
    pub fn is_loaded(&self, name: &str) -> bool {
        self.loaded.contains(name)
    }

    /// Whether it is loaded or can be; `None` where the module tree cannot be read.
    pub fn is_available(&self, name: &str) -> Option<bool> {
        if self.is_loaded(name) || self.installed.contains(name) {
            return Some(true);
        }
        self.tree.then_some(false)
    }
}

/// `kernel/net/netfilter/ipvs/ip_vs_rr.ko.xz` is `ip_vs_rr`; `br-netfilter` is `br_netfilter`.
fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let name = file.split('.').next().unwrap_or(file);
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_all_three_files() {
        let modules = Modules::parse(
            Some("ip_vs_rr 16384 1 - Live 0x0\n"),
            Some("kernel/net/ipv4/br-netfilter.ko\n"),
            Some("kernel/net/netfilter/ipvs/ip_vs_sh.ko.xz: kernel/a.ko kernel/b.ko\n"),
        );
        assert!(modules.is_loaded("ip_vs_rr"));
        assert!(modules.is_loaded("br_netfilter"));
        assert!(!modules.is_loaded("ip_vs_sh"));
        assert_eq!(modules.is_available("ip_vs_sh"), Some(true));
        assert_eq!(modules.is_available("ip_vs_mh"), Some(false));
    }

    #[test]
    fn without_a_module_tree_nothing_is_known_to_be_missing() {
        let modules = Modules::parse(None, None, None);
        assert_eq!(modules.is_available("ip_vs"), None);
    }
}
