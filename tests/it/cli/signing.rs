//! Signing, as its user sets it up: key, record, settings, a signed message.

use crate::{
    cli::{letter, send},
    support::binary::{run, start_command, tool},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

#[tokio::test]
async fn a_key_is_made_named_and_signs_what_is_sent() {
    let project = letter(3);
    let made = ["doctor", "dkim", "new", "--domain", "example.org"];
    let ran = run(project.root(), &made).await.exits(0).says("key made: keys/s1.pem").says("signing: {");
    assert!(ran.data.starts_with("s1._domainkey.example.org. 3600 IN TXT \"v=DKIM1; k=rsa; p="), "{ran}");
    let key = project.root().join("keys/s1.pem");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(project.root().join("keys/.gitignore")).unwrap(), "*\n");
    run(project.root(), &made).await.exits(3).says("there is a key already");
    let settings = "signing: { domain: example.org, selector: s1, key: { file: keys/s1.pem } }\n";
    fs::write(project.root().join("masthead.yaml"), settings).unwrap();
    let shown = run(project.root(), &["doctor", "dkim", "show", "--json"]).await.exits(0);
    let record: serde_json::Value = serde_json::from_str(&shown.data).unwrap();
    send(&project, &["--outbox", "out"]).await.exits(0).says("3 sent of 3");
    let out = project.root().join("out");
    fs::write(out.join("record.txt"), record["value"].as_str().unwrap()).unwrap();
    let mut verify = Command::new(tool("python3"));
    verify.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pipeline/verify_dkim.py")).arg(&out);
    let ran = start_command(project.root(), verify, "verify_dkim.py".into()).ended().await.exits(0);
    assert_eq!(ran.data.trim(), "3 verified, 0 refused");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let show = ["doctor", "dkim", "show"];
    run(project.root(), &show).await.exits(1).says("others on this machine may read the secret");
    // What isn't a file is not read: a pipe would be waited for.
    fs::remove_file(&key).unwrap();
    fs::create_dir(&key).unwrap();
    run(project.root(), &show).await.exits(1).says("this is no file with a secret");
}

#[tokio::test]
async fn what_is_no_key_stops_before_anything_is_sealed() {
    let project = letter(3);
    fs::create_dir(project.root().join("keys")).unwrap();
    let key = project.root().join("keys/s1.pem");
    fs::write(&key, "hello").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let settings = "signing: { domain: example.org, selector: s1, key: { file: keys/s1.pem } }\n";
    fs::write(project.root().join("masthead.yaml"), settings).unwrap();
    let ran = send(&project, &["--outbox", "out"]).await.exits(1);
    ran.says("the DKIM key can't be used").says("keys/s1.pem");
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "", "nothing was sealed");
}
