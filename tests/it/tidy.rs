//! The house rules that a machine can hold. See ARCHITECTURE.md.

use std::{collections::BTreeSet, fs, path::Path};

use tagdrop::ErrorCode;

use crate::photos;

/// Files below `folder` whose name ends with one of `endings`, as paths from the repository's root, generated ones left out.
fn files(folder: &str, endings: &[&str]) -> Vec<String> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(photos::path(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = if folder == "." { name.clone() } else { format!("{folder}/{name}") };
            let generated = ["target", "node_modules", ".git", "js/pkg", "js/models", "__pycache__", "dist"];
            if entry.file_type().unwrap().is_dir() {
                if !generated.iter().any(|g| path == *g || name == *g) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Lines that are code, without what follows `//`.
fn code(path: &str) -> Vec<String> {
    photos::text(path).lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn each_foreign_crate_has_one_door() {
    let doors = [
        ("tract_onnx", "src/model/"),
        ("prost", "src/model/"),
        ("tagdrop_kernels", "src/model/"),
        ("jpeg_decoder", "src/image/decode.rs"),
        ("use image::", "src/image/decode.rs"),
        ("fast_image_resize", "src/image/preprocess.rs"),
        ("sha2::", "src/hash.rs"),
        ("md5::", "src/hash.rs"),
        ("roxmltree", "src/metadata/xmp.rs"),
        ("miniz_oxide", "src/metadata/png.rs"),
        ("wasm_bindgen", "src/wasm/"),
        ("js_sys", "src/wasm/"),
        ("console_error_panic_hook", "src/wasm/"),
    ];
    for file in files("src", &[".rs"]) {
        for line in code(&file) {
            for (name, door) in doors {
                assert!(
                    !line.contains(name) || file.starts_with(door),
                    "{file} names {name}, whose door is {door}: {line}"
                );
            }
        }
    }
}

#[test]
fn modules_use_only_modules_above_them() {
    let order: Vec<String> = code("src/lib.rs")
        .iter()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("pub ")
                .unwrap_or(line.trim())
                .strip_prefix("mod ")?
                .strip_suffix(';')
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(
        order,
        ["error", "hash", "limits", "image", "model", "vocabulary", "tags", "metadata", "tagger", "wasm"]
    );
    // What `use crate::{…}` may name at the root is re-exported from these modules.
    let home = |name: &str| match name {
        "Error" | "ErrorCode" | "Result" => "error".to_owned(),
        "Tagger" => "tagger".to_owned(),
        module => module.to_owned(),
    };
    let place = |module: &str| order.iter().position(|m| m == module);
    for file in files("src", &[".rs"]) {
        let own = file.trim_start_matches("src/").split(['/', '.']).next().unwrap().to_owned();
        let Some(own_place) = place(&own) else { continue };
        let text = code(&file).join("\n");
        for (at, _) in text.match_indices("crate::") {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &text[at + "crate::".len()..];
            let named: Vec<String> = match rest.strip_prefix('{') {
                Some(group) => top_level_names(group),
                None => vec![rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned()],
            };
            for name in named {
                let module = home(&name);
                let other =
                    place(&module).unwrap_or_else(|| panic!("{file} uses crate::{name}, which lib.rs does not list"));
                assert!(other <= own_place, "{file} uses {module}, which comes after {own} in lib.rs");
            }
        }
    }
}

/// The first path segment of each item of a `use` group, up to its closing brace.
fn top_level_names(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut current) = (vec![], 0, String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(std::mem::take(&mut current)),
            _ if depth == 0 => current.push(c),
            _ => {}
        }
    }
    names.push(current);
    names
        .iter()
        .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn error_codes_are_one_list_in_rust_and_javascript() {
    let types = photos::text("js/types.d.ts");
    let union = types.split("export type ErrorCode =").nth(1).unwrap().split("';").next().unwrap();
    let javascript: Vec<&str> = union
        .lines()
        .filter_map(|line| line.trim().strip_prefix("| '"))
        .map(|line| line.trim_end_matches('\''))
        .collect();
    let rust: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(javascript, rust);
    let distinct: BTreeSet<&str> = rust.iter().copied().collect();
    assert_eq!(distinct.len(), rust.len());
    let readme = photos::text("README.md");
    for code in rust {
        assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code} is not kebab-case");
        assert!(readme.contains(&format!("`{code}`")), "README.md does not explain {code}");
    }
}

#[test]
fn the_demo_imports_only_the_packages_entry() {
    for file in files("www", &[".js"]) {
        for line in photos::text(&file).lines().filter(|line| line.contains("import") && line.contains("tagdrop/")) {
            let allowed = ["'./tagdrop/index.js'", "'./tagdrop/types.d.ts'", "'../js/types.d.ts'"];
            assert!(
                allowed.iter().any(|entry| line.contains(entry)) || line.trim_start().starts_with(['*', '/']),
                "{file}: {line}"
            );
        }
    }
}

#[test]
fn our_inner_crates_depend_on_nothing() {
    for manifest in ["kernels/Cargo.toml", "inventory/Cargo.toml"] {
        assert!(!photos::text(manifest).contains("dependencies]"), "{manifest}");
    }
}

#[test]
fn the_changelog_knows_this_version_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(photos::text("CHANGELOG.md").contains(&format!("## {version}")));
    assert_eq!(photos::json("js/package.json")["version"], version);
}

#[test]
fn architecture_names_every_room() {
    let architecture = photos::text("ARCHITECTURE.md");
    let rooms = files("src", &[".rs"]).into_iter().chain(files("js", &[".js"])).chain(files("kernels/src", &[".rs"]));
    for room in rooms.filter(|room| !room.ends_with("mod.rs")) {
        let name = Path::new(&room).file_name().unwrap().to_str().unwrap();
        assert!(architecture.contains(name), "ARCHITECTURE.md does not mention {room}");
    }
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    // Spelled in halves so that this file does not name them either.
    let forbidden = [
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("crates.i", "o/"),
        ("index.crates", ".io"),
        ("registry.npmjs", ".org"),
        ("pypi.", "org"),
        ("files.python", "hosted"),
        ("deb.debian", ".org"),
    ];
    for file in files(
        ".",
        &[
            ".rs", ".toml", ".lock", ".json", ".js", ".mjs", ".ts", ".md", ".py", ".html", ".css", ".txt", "run",
            ".npmrc",
        ],
    ) {
        let text = photos::text(&file);
        for (a, b) in forbidden {
            let name = format!("{a}{b}");
            // Cargo writes the registry's address into its lock file by itself.
            let unavoidable = file == "Cargo.lock" || file.ends_with("fuzz/Cargo.lock");
            assert!(unavoidable || !text.contains(&name), "{file} names {name}");
        }
    }
}
