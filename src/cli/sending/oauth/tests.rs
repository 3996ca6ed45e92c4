//! Proves against a real HTTP server how tokens are had, kept and renewed, and that no secret gets into an error.

use super::*;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{self, Receiver},
    thread,
};

/// Answers requests with these bodies, one each, and tells what it was sent.
fn provider(answers: Vec<(u16, &'static str)>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/token", listener.local_addr().unwrap().port());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for (status, body) in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut form = vec![0; length];
            reader.read_exact(&mut form).unwrap();
            let head =
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            reader.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
            tell.send(String::from_utf8(form).unwrap()).unwrap();
        }
    });
    (url, told)
}

fn tokens(url: &str, profile: RelayProfile) -> OauthTokens {
    let secret = |text: &str| SecretSource::Command(format!("echo {text}"));
    let settings = OauthSettings::Exchange {
        client_id: "the-client".to_owned(),
        client_secret: Some(secret("client-hush")),
        refresh_token: Some(secret("refresh-hush")),
        token_url: url.to_owned(),
        scope: None,
    };
    OauthTokens::new(settings, profile, PathBuf::from("."), Output::new(false, true))
}

#[test]
fn a_refresh_token_is_changed_for_an_access_token_which_is_kept() {
    let good = r#"{"access_token":"first","token_type":"Bearer","expires_in":3599}"#;
    let next = r#"{"access_token":"second","expires_in":"3599"}"#;
    let (url, told) = provider(vec![(200, good), (200, next)]);
    let tokens = tokens(&url, RelayProfile::Microsoft365);
    assert_eq!(tokens.token(None).as_deref(), Ok("first"));
    assert_eq!(tokens.token(None).as_deref(), Ok("first"), "kept in memory");
    assert_eq!(tokens.token(Some("older")).as_deref(), Ok("first"), "somebody else renewed it meanwhile");
    assert_eq!(tokens.token(Some("first")).as_deref(), Ok("second"), "renewed when it was refused");
    let form = told.recv().unwrap();
    for part in
        ["grant_type=refresh_token", "refresh_token=refresh-hush", "client_id=the-client", "scope=https"]
    {
        assert!(form.contains(part), "{form}");
    }
    assert!(!format!("{tokens:?}").contains("second"));
}

#[test]
fn a_token_that_ends_soon_is_not_given_twice() {
    let brief = r#"{"access_token":"brief","expires_in":0}"#;
    let (url, _told) = provider(vec![(200, brief), (200, r#"{"access_token":"next"}"#)]);
    let tokens = tokens(&url, RelayProfile::Gmail);
    assert_eq!(tokens.token(None).as_deref(), Ok("brief"));
    assert_eq!(tokens.token(None).as_deref(), Ok("next"));
}

#[test]
fn refusals_say_what_to_do_and_show_no_secret() {
    let grant = r#"{"error":"invalid_grant","error_description":"refresh-hush was revoked\nTrace: 1"}"#;
    let (url, _told) = provider(vec![(400, grant), (503, "down"), (200, "{}"), (302, "")]);
    let tokens = tokens(&url, RelayProfile::Gmail);
    let refused = tokens.token(None).unwrap_err();
    assert!(matches!(refused, TokenFault::Refused(_)));
    let words = refused.to_string();
    assert!(words.contains("(invalid_grant: ••• was revoked): the refresh token has expired"), "{words}");
    assert!(!words.contains("hush") && !words.contains("Trace"));
    assert!(matches!(tokens.token(None), Err(TokenFault::OutOfReach(_))));
    assert!(matches!(tokens.token(None), Err(TokenFault::Refused(_))));
    assert!(matches!(tokens.token(None), Err(TokenFault::Refused(_))), "a redirect is not followed");
}

#[test]
fn a_provider_that_is_not_there_may_be_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/token", listener.local_addr().unwrap().port());
    drop(listener);
    assert!(matches!(tokens(&url, RelayProfile::Gmail).token(None), Err(TokenFault::OutOfReach(_))));
}

#[test]
fn an_application_of_its_own_right_has_no_refresh_token() {
    let (url, told) = provider(vec![(200, r#"{"access_token":"app"}"#)]);
    let settings = OauthSettings::Exchange {
        client_id: "the-client".to_owned(),
        client_secret: Some(SecretSource::Command("echo client-hush".to_owned())),
        refresh_token: None,
        token_url: url,
        scope: None,
    };
    let tokens =
        OauthTokens::new(settings, RelayProfile::Microsoft365, PathBuf::from("."), Output::new(false, true));
    assert_eq!(tokens.token(None).as_deref(), Ok("app"));
    let form = told.recv().unwrap();
    assert!(form.contains("grant_type=client_credentials") && form.contains(".default"), "{form}");
}

/// Returns tokens whose refresh token is in this file.
fn tokens_of_file(url: &str, root: &std::path::Path) -> OauthTokens {
    let settings = OauthSettings::Exchange {
        client_id: "the-client".to_owned(),
        client_secret: None,
        refresh_token: Some(SecretSource::File("refresh".to_owned())),
        token_url: url.to_owned(),
        scope: None,
    };
    OauthTokens::new(settings, RelayProfile::Microsoft365, root.to_owned(), Output::new(false, true))
}

/// Writes a refresh token as a person keeps it.
fn kept_token(root: &std::path::Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = root.join("refresh");
    std::fs::write(&path, "refresh-1\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn a_new_refresh_token_replaces_the_one_in_its_file() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let path = kept_token(root.path());
    let first = r#"{"access_token":"first","refresh_token":"refresh-2"}"#;
    let second = r#"{"access_token":"second","refresh_token":"refresh-2"}"#;
    let (url, told) = provider(vec![(200, first), (200, second)]);
    assert_eq!(tokens_of_file(&url, root.path()).token(None).as_deref(), Ok("first"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "refresh-2\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // A later run begins with what was kept.
    assert_eq!(tokens_of_file(&url, root.path()).token(None).as_deref(), Ok("second"));
    let forms = [told.recv().unwrap(), told.recv().unwrap()];
    assert!(forms[0].contains("refresh_token=refresh-1"), "{forms:?}");
    assert!(forms[1].contains("refresh_token=refresh-2"), "{forms:?}");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "nothing lies about");
}

#[test]
fn a_new_refresh_token_that_cannot_be_kept_is_used_until_the_run_ends() {
    let next = r#"{"access_token":"a","expires_in":0,"refresh_token":"refresh-2"}"#;
    let (url, told) = provider(vec![(200, next), (200, next)]);
    // It comes from a command, which can't take a new one.
    let tokens = tokens(&url, RelayProfile::Microsoft365);
    for _ in 0..2 {
        assert_eq!(tokens.token(None).as_deref(), Ok("a"));
    }
    let forms = [told.recv().unwrap(), told.recv().unwrap()];
    assert!(forms[0].contains("refresh_token=refresh-hush"), "{forms:?}");
    assert!(forms[1].contains("refresh_token=refresh-2"), "{forms:?}");
}
