//! A static server for the demo page: the headers a careful site would send, and nothing but files of known folders.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Result, anyhow};
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::repo::Repo;

/// URL prefix → folder of the repository. The first that fits serves the file.
const MOUNTS: [(&str, &str); 4] = [
    ("/tagdrop/", "js"),
    ("/samples/", "tests/fixtures/images"),
    ("/stories/", "tests/browser"), // what browser stories load into a page, such as a worker that traps
    ("/", "www"),
];

const DEFAULT_PORT: u16 = 8080;

const HEADERS: [(&str, &str); 4] = [
    (
        "Content-Security-Policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; style-src 'self'; \
         worker-src 'self'; connect-src 'self'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    // What was just built is what must be seen.
    ("Cache-Control", "no-cache"),
];

/// As many as a page asks for at once, nearly.
const THREADS: usize = 4;

/// Serves until the process ends.
pub(crate) fn forever(repo: &Repo, port: Option<u16>) -> Result<()> {
    let url = match port {
        Some(port) => start(repo, port)?,
        None => start(repo, DEFAULT_PORT).or_else(|_| start(repo, 0))?,
    };
    println!("Tagdrop's demo page: {url}  (Ctrl-C ends it)");
    loop {
        thread::park();
    }
}

/// Serves from threads that live as long as the process, on `port` of the loopback interface (0: any free one), and
/// returns the page's URL.
pub(crate) fn start(repo: &Repo, port: u16) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = Server::http(address).map_err(|error| anyhow!("cannot serve on {address}: {error}"))?;
    let url = format!("http://{}/", server.server_addr());
    let server = Arc::new(server);
    let root = Arc::new(repo.root.clone());
    for _ in 0..THREADS {
        let (server, root) = (Arc::clone(&server), Arc::clone(&root));
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                // A browser that hangs up in the middle of an answer is no concern of ours.
                let _ = answer(&root, request);
            }
        });
    }
    Ok(url)
}

fn answer(root: &Path, request: Request) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(headed(Response::from_string("only GET and HEAD"), 405, "text/plain"));
    }
    let opened = resolve(root, request.url()).and_then(|file| Some((File::open(&file).ok()?, file)));
    match opened {
        Some((content, file)) => request.respond(headed(Response::from_file(content), 200, mime(&file))),
        None => request.respond(headed(Response::from_string("not found"), 404, "text/plain")),
    }
}

fn headed<R: std::io::Read>(response: Response<R>, status: u16, mime: &str) -> Response<R> {
    let response = response.with_status_code(StatusCode(status));
    HEADERS
        .iter()
        .copied()
        .chain([("Content-Type", mime)])
        .filter_map(|(name, value)| Header::from_bytes(name, value).ok())
        .fold(response, Response::with_header)
}

/// The file that a URL's path names; none when it names no file of a mounted folder.
fn resolve(root: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (prefix, folder) = MOUNTS.iter().find(|(prefix, _)| path.starts_with(prefix))?;
    let folder = root.join(folder);
    let relative = &path[prefix.len()..];
    let is_plain = |part: &str| part != ".." && part != "." && !part.contains(['\\', ':', '\0']);
    if !relative.split('/').all(is_plain) || relative.starts_with('/') {
        return None;
    }
    let mut file = folder.join(relative);
    if file.is_dir() {
        file.push("index.html");
    }
    // A link must not lead out of the folder either.
    let (file, folder) = (fs::canonicalize(file).ok()?, fs::canonicalize(folder).ok()?);
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "ico" => "image/x-icon",
        "tsv" => "text/tab-separated-values; charset=utf-8",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use xshell::{Shell, TempDir};

    use super::*;

    /// A repository with a page, a module, and a secret that no URL may reach.
    fn site() -> TempDir {
        let shell = Shell::new().unwrap();
        let folder = shell.create_temp_dir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for file in ["www/index.html", "www/a b.css", "js/tagdrop.js", "js/pkg/x.wasm", "secret"] {
            shell.write_file(root.join(file), file).unwrap();
        }
        folder
    }

    fn found(root: &Path, url: &str) -> Option<String> {
        let root = fs::canonicalize(root).unwrap();
        let file = resolve(&root, url)?;
        Some(file.strip_prefix(&root).unwrap().to_string_lossy().into_owned())
    }

    #[test]
    fn urls_name_files_of_mounted_folders() {
        let site = site();
        for (url, file) in [
            ("/", "www/index.html"),
            ("/index.html?offline#top", "www/index.html"),
            ("/a%20b.css", "www/a b.css"),
            ("/tagdrop/tagdrop.js", "js/tagdrop.js"),
            ("/tagdrop/pkg/x.wasm", "js/pkg/x.wasm"),
        ] {
            assert_eq!(found(site.path(), url).as_deref(), Some(file), "{url}");
        }
    }

    #[test]
    fn no_url_leads_out_of_its_folder() {
        let site = site();
        for url in [
            "/../secret",
            "/tagdrop/../secret",
            "/tagdrop/../../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/..%5csecret",
            "/tagdrop//secret",
            "//secret",
            "/secret",
            "secret",
            "",
            "/tagdrop/",
            "/%ff",
            "/index.html%00",
        ] {
            assert_eq!(found(site.path(), url), None, "{url}");
        }
        let absolute = format!("/tagdrop/{}", site.path().join("secret").display());
        assert_eq!(found(site.path(), &absolute), None);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_its_folder() {
        let site = site();
        std::os::unix::fs::symlink(site.path().join("secret"), site.path().join("www/link")).unwrap();
        assert_eq!(found(site.path(), "/link"), None);
    }

    #[test]
    fn every_answer_carries_the_policy() {
        let url = start(&Repo::open().unwrap(), 0).unwrap();
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        for (request, status) in [("GET /absent", "404"), ("POST /", "405")] {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "{request} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{text}");
            assert!(text.contains("script-src 'self' 'wasm-unsafe-eval'"), "{text}");
            assert!(text.contains("nosniff"), "{text}");
        }
    }

    #[test]
    fn browsers_get_the_types_they_insist_on() {
        assert_eq!(mime(Path::new("x.wasm")), "application/wasm");
        assert!(mime(Path::new("x.js")).starts_with("text/javascript"));
        assert_eq!(mime(Path::new("x")), "application/octet-stream");
    }
}
