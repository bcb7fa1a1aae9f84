//! `wasm-pack.toml`: the runs of wasm-pack, and the tools they need.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::repo::read;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct WasmPackToml {
    pub(crate) tools: Tools,
    pub(crate) build: Build,
    #[serde(rename = "variant")]
    pub(crate) variants: Vec<Variant>,
    pub(crate) max_brotli_bytes: Budgets,
}

/// What a page downloads besides a binary, at most.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Budgets {
    pub(crate) javascript: u64,
    pub(crate) model: u64,
    pub(crate) vocabulary: u64,
    pub(crate) language: u64,
}

/// The exact version of each tool that is built from source.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Tools {
    pub(crate) wasm_pack: String,
    pub(crate) wasm_bindgen: String,
    pub(crate) geckodriver: String,
    pub(crate) cargo_deny: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Build {
    pub(crate) target: String,
    pub(crate) out_name: String,
    pub(crate) profile: String,
}

/// One binary: how it is made and which browsers fetch it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) detect: Vec<String>,
    /// Of the main crate; its default features are left out.
    pub(crate) features: Vec<String>,
    pub(crate) rustflags: Vec<String>,
    pub(crate) wasm_opt: Vec<String>,
    pub(crate) max_brotli_bytes: u64,
}

impl WasmPackToml {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let plan: Self = basic_toml::from_slice(&read(file)?).with_context(|| file.display().to_string())?;
        ensure!(!plan.variants.is_empty(), "{} lists no [[variant]]", file.display());
        Ok(plan)
    }

    /// The variant that every browser can fetch, and that budgets and tests are about: the first without a feature.
    pub(crate) fn main_variant(&self) -> &Variant {
        self.variants.iter().find(|variant| variant.features.is_empty()).unwrap_or(&self.variants[0])
    }
}

impl Variant {
    /// What cargo needs to be told for it.
    pub(crate) fn features_for_cargo(&self) -> [String; 2] {
        ["--no-default-features".to_owned(), format!("--features={}", self.features.join(","))]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::repo::Repo;

    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }

    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
    }

    #[test]
    fn the_pinned_wasm_bindgen_is_the_locked_one() {
        let repo = Repo::open().unwrap();
        let lock: Lock = basic_toml::from_slice(&read(&repo.path("Cargo.lock")).unwrap()).unwrap();
        let locked: Vec<_> = lock
            .package
            .iter()
            .filter(|package| package.name == "wasm-bindgen")
            .map(|package| &package.version)
            .collect();
        assert_eq!(locked, [&repo.plan.tools.wasm_bindgen]);
    }

    #[test]
    fn variants_have_names_of_their_own_and_a_budget() {
        let plan = Repo::open().unwrap().plan;
        let names: HashSet<_> = plan.variants.iter().map(|variant| &variant.name).collect();
        assert_eq!(names.len(), plan.variants.len());
        assert!(plan.variants.iter().all(|variant| variant.max_brotli_bytes > 0));
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let text = std::fs::read_to_string(Repo::open().unwrap().path("wasm-pack.toml")).unwrap();
        let misspelt = text.replace("max-brotli-bytes", "max-brotli-byte");
        assert!(basic_toml::from_str::<WasmPackToml>(&misspelt).is_err());
    }

    #[test]
    fn npm_packages_are_pinned_exactly_and_the_lock_names_no_registry() {
        let repo = Repo::open().unwrap();
        let package: serde_json::Value = serde_json::from_slice(&read(&repo.path("package.json")).unwrap()).unwrap();
        for (name, version) in package["devDependencies"].as_object().unwrap() {
            let version = version.as_str().unwrap();
            assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{name} is not pinned: {version}");
        }
        let lock: serde_json::Value = serde_json::from_slice(&read(&repo.path("package-lock.json")).unwrap()).unwrap();
        for (path, locked) in lock["packages"].as_object().unwrap() {
            assert!(locked.get("resolved").is_none(), "{path} says where it was fetched from");
        }
    }
}
