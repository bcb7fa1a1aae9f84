//! `js/THIRD_PARTY_LICENSES`: whose work is inside the package, and the text of each licence.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use xshell::cmd;

use crate::repo::{MODEL, Metadata, Package, Repo, files_below, read};

/// Names of files that hold a licence or belong to one, in capitals and without what follows.
const LICENCE_FILES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

const RULE: &str = "--------------------------------------------------------------------------------";

/// The part of a model's `manifest.json` that says whose it is.
#[derive(Deserialize)]
struct Weights {
    id: String,
    licence: String,
    origin: String,
}

pub(crate) fn write(repo: &Repo) -> Result<()> {
    let metadata = repo.metadata()?;
    // Licence text → those who are under it. Equal texts are printed once.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |text: String, owner: String| texts.entry(text).or_default().push(owner);
    let common = CommonTexts::read(repo)?;

    let weights: Weights = serde_json::from_slice(&read(&repo.path("models").join(MODEL).join("manifest.json"))?)?;
    add(common.of(&weights.licence, "")?, format!("{}, the model's weights ({})", weights.id, weights.origin));
    let wordnet = repo.path("models").join(MODEL).join("vocabulary/LICENSE-WordNet");
    let wordnet = fs::read_to_string(&wordnet).with_context(|| wordnet.display().to_string())?;
    add(wordnet, format!("WordNet 3.0, of which the ids and broader terms in {}'s vocabulary are made", weights.id));
    let compiler = cmd!(repo.shell, "rustc --version").quiet().read()?;
    add(common.apache.clone(), format!("Rust's standard library, of {compiler} (MIT OR Apache-2.0)"));
    for package in linked_packages(&metadata)? {
        let licence = package.license.as_deref().unwrap_or("see its text");
        let home = package.repository.as_deref().map_or_else(String::new, |home| format!(" {home}"));
        let owner = format!("{} {} ({licence}){home}", package.name, package.version);
        let mut found = licence_texts(package)?;
        if found.is_empty() {
            let text = common.of(licence, &package.authors.join(", "));
            found.push(text.with_context(|| format!("{} {} carries no licence text", package.name, package.version))?);
        }
        found.into_iter().for_each(|text| add(text, owner.clone()));
    }

    let mut notices =
        "Tagdrop's package contains work of others. Each text below is the licence of what is named above it.\n"
            .to_owned();
    let mut sections: Vec<_> = texts.into_iter().collect();
    sections.sort_by(|(_, a), (_, b)| a.cmp(b));
    for (text, owners) in sections {
        write!(notices, "\n{RULE}\n{}\n{RULE}\n\n{text}\n", owners.join("\n"))?;
    }
    Ok(fs::write(repo.path("js/THIRD_PARTY_LICENSES"), notices)?)
}

/// The packages of others whose code is in the wasm binary: what the root package reaches through ordinary
/// dependencies. Procedural macros run in the compiler only.
fn linked_packages(metadata: &Metadata) -> Result<Vec<&Package>> {
    let packages: HashMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let nodes: HashMap<_, _> = metadata.resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let is_macro =
        |package: &Package| package.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"));

    let mut seen = HashSet::new();
    let mut next = vec![&metadata.resolve.root];
    let mut linked = Vec::new();
    while let Some(id) = next.pop() {
        let (package, node) =
            (packages.get(id).context("a node has a package")?, nodes.get(id).context("a package has a node")?);
        if !seen.insert(id) || is_macro(package) {
            continue;
        }
        if package.source.is_some() {
            linked.push(*package);
        }
        let ordinary =
            node.deps.iter().filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        next.extend(ordinary.map(|dependency| &dependency.pkg));
    }
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

/// The licence files that a package carries.
fn licence_texts(package: &Package) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
    let is_licence = |file: &Path| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        LICENCE_FILES.iter().any(|start| name.starts_with(start)) && !name.ends_with(".RS")
    };
    let files = files_below(folder)?.into_iter().filter(|file| is_licence(file));
    files.map(|file| Ok(normalized(&String::from_utf8_lossy(&read(&file)?)))).collect()
}

/// Line ends and outer white space differ between copies of one text.
fn normalized(text: &str) -> String {
    let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The two licences that packages most often name without carrying their text, from this repository's own copies.
struct CommonTexts {
    apache: String,
    /// From the permission on, without Tagdrop's copyright line.
    mit_terms: String,
}

impl CommonTexts {
    fn read(repo: &Repo) -> Result<Self> {
        let text = |name: &str| Ok::<_, anyhow::Error>(normalized(&String::from_utf8_lossy(&read(&repo.path(name))?)));
        let mit = text("LICENSE-MIT")?;
        let terms = mit.find("Permission is hereby granted").context("LICENSE-MIT is the MIT licence")?;
        Ok(Self { apache: text("LICENSE-APACHE")?, mit_terms: mit[terms..].to_owned() })
    }

    /// A text under which a package of this SPDX expression may be used.
    fn of(&self, licence: &str, authors: &str) -> Result<String> {
        let mut alternatives = licence.split(" OR ").flat_map(|part| part.split('/')).map(str::trim);
        alternatives
            .find_map(|alternative| match alternative {
                "Apache-2.0" => Some(self.apache.clone()),
                "MIT" => Some(format!("MIT License\n\nCopyright (c) {authors}\n\n{}", self.mit_terms)),
                _ => None,
            })
            .map_or_else(|| bail!("no text at hand for the licence '{licence}'"), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        let package = |id: &str, source: Option<&str>, kind: &str| {
            serde_json::json!({ "id": id, "name": id, "version": "1.0.0", "license": "MIT", "authors": [], "repository": null,
                "source": source, "manifest_path": "", "targets": [{ "kind": [kind] }] })
        };
        let needs = |pkg: &str, kind: Option<&str>| serde_json::json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] });
        let node = |id: &str, deps: Vec<serde_json::Value>| serde_json::json!({ "id": id, "deps": deps });
        serde_json::from_value(serde_json::json!({
            "packages": [
                package("ours", None, "lib"), package("kernels", None, "lib"), package("linked", Some("registry"), "lib"),
                package("deep", Some("registry"), "lib"), package("macro", Some("registry"), "proc-macro"),
                package("syntax", Some("registry"), "lib"), package("tested-with", Some("registry"), "lib"),
            ],
            "resolve": { "root": "ours", "nodes": [
                node("ours", vec![needs("kernels", None), needs("linked", None), needs("macro", None), needs("tested-with", Some("dev"))]),
                node("kernels", vec![]), node("linked", vec![needs("deep", None)]), node("deep", vec![needs("linked", None)]),
                node("macro", vec![needs("syntax", None)]), node("syntax", vec![]), node("tested-with", vec![]),
            ] },
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_linked_is_named() {
        let metadata = metadata();
        let names: Vec<_> = linked_packages(&metadata).unwrap().iter().map(|package| package.name.clone()).collect();
        assert_eq!(names, ["deep", "linked"]);
    }

    #[test]
    fn a_missing_text_is_supplied_only_where_we_have_it() {
        let common = CommonTexts { apache: "apache".to_owned(), mit_terms: "terms".to_owned() };
        assert_eq!(common.of("Zlib OR Apache-2.0", "").unwrap(), "apache");
        assert_eq!(common.of("MIT", "Ada").unwrap(), "MIT License\n\nCopyright (c) Ada\n\nterms");
        assert!(common.of("MIT AND BSD-3-Clause", "").is_err());
    }

    #[test]
    fn copies_of_one_text_are_equal() {
        assert_eq!(normalized("\u{feff}\r\n a \r\n\r\nb\r\n\r\n"), normalized("\n a\n\nb"));
    }
}
