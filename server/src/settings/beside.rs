//! What is found beside the program, or where the build puts it.

use std::path::PathBuf;

/// The built site: `site` beside the program, else where the build puts it,
/// else `target/site` below the present folder.
pub fn site() -> PathBuf {
    let fallback = PathBuf::from("target/site");
    let Some(dir) = own_folder() else {
        return fallback;
    };
    let built = if dir.ends_with("release") {
        "../site-release"
    } else {
        "../site"
    };
    [dir.join("site"), dir.join(built), dir.join("../site")]
        .into_iter()
        .find(|path| path.join("pkg").is_dir())
        .unwrap_or(fallback)
}

/// The script of the bridges over llm-connect: beside the program, else in the
/// checkout that it was built in, else below the present folder.
pub fn llm_bridge() -> PathBuf {
    let fallback = PathBuf::from("scripts/llm_bridge.py");
    let Some(dir) = own_folder() else {
        return fallback;
    };
    [
        dir.join("llm_bridge.py"),
        dir.join("../../scripts/llm_bridge.py"),
    ]
    .into_iter()
    .find(|path| path.is_file())
    .unwrap_or(fallback)
}

fn own_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.parent().map(PathBuf::from)
}
