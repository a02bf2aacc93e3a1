//! Sentences of entries, in every language of the interface.
//!
//! The sentences name no actor: whether it was the user is what they read the entry for.
//! them for.

use selfsame_primitives::Locale;
use serde_json::Value;

/// A type, or a type with a `/` and a value of its data, and its sentence in English, Spanish,
/// French, German and Japanese. A name in braces is replaced by that member of the data.
type Sentence = (&'static str, [&'static str; 5]);

#[rustfmt::skip]
const SENTENCES: &[Sentence] = &[
    ("user.registered", ["Account created", "Cuenta creada", "Compte créé", "Konto angelegt", "アカウントを作成しました"]),
    ("user.email_verified", ["Email address confirmed", "Dirección de correo confirmada", "Adresse e-mail confirmée", "E-Mail-Adresse bestätigt", "メールアドレスを確認しました"]),
    ("user.email_updated", ["Email address changed", "Dirección de correo cambiada", "Adresse e-mail modifiée", "E-Mail-Adresse geändert", "メールアドレスを変更しました"]),
    ("user.username_updated", ["Username changed to {newUsername}", "Nombre de usuario cambiado a {newUsername}", "Nom d’utilisateur changé en {newUsername}", "Benutzername geändert in {newUsername}", "ユーザー名を {newUsername} に変更しました"]),
    ("user.password_changed", ["Password changed", "Contraseña cambiada", "Mot de passe modifié", "Passwort geändert", "パスワードを変更しました"]),
    ("user.2fa_enabled", ["Two-step sign-in turned on", "Verificación en dos pasos activada", "Double authentification activée", "Zwei-Faktor-Anmeldung eingeschaltet", "二要素認証を有効にしました"]),
    ("user.2fa_disabled", ["Two-step sign-in turned off", "Verificación en dos pasos desactivada", "Double authentification désactivée", "Zwei-Faktor-Anmeldung ausgeschaltet", "二要素認証を無効にしました"]),
    ("user.recovery_codes_replaced", ["New recovery codes made", "Nuevos códigos de recuperación creados", "Nouveaux codes de secours créés", "Neue Wiederherstellungscodes erstellt", "新しいリカバリーコードを発行しました"]),
    ("user.recovery_code_used", ["A recovery code was used", "Se ha usado un código de recuperación", "Un code de secours a été utilisé", "Ein Wiederherstellungscode wurde benutzt", "リカバリーコードが使われました"]),
    ("user.account_updated", ["Name, phone number or address changed", "Nombre, teléfono o dirección cambiados", "Nom, téléphone ou adresse modifiés", "Name, Telefonnummer oder Anschrift geändert", "氏名・電話番号・住所を変更しました"]),
    ("user.changes_undone", ["Changes taken back", "Cambios deshechos", "Modifications annulées", "Änderungen zurückgenommen", "変更を取り消しました"]),
    ("user.terms_accepted", ["Terms accepted", "Condiciones aceptadas", "Conditions acceptées", "Bedingungen angenommen", "利用規約に同意しました"]),
    ("user.export_requested", ["A copy of the data was asked for", "Se ha pedido una copia de los datos", "Une copie des données a été demandée", "Eine Kopie der Daten wurde angefordert", "データのコピーを請求しました"]),
    ("user.export_ready", ["A copy of the data is ready", "La copia de los datos está lista", "La copie des données est prête", "Die Kopie der Daten ist fertig", "データのコピーの準備ができました"]),
    ("user.deletion_requested", ["Deletion of the account asked for", "Se ha pedido eliminar la cuenta", "Suppression du compte demandée", "Löschung des Kontos beantragt", "アカウントの削除を申請しました"]),
    ("user.deletion_cancelled", ["Deletion of the account called off", "Eliminación de la cuenta cancelada", "Suppression du compte annulée", "Löschung des Kontos abgesagt", "アカウントの削除を取りやめました"]),
    ("user.suspended", ["Account stopped", "Cuenta suspendida", "Compte suspendu", "Konto gesperrt", "アカウントが停止されました"]),
    ("user.role_changed", ["Administrator rights changed", "Permisos de administración cambiados", "Droits d’administration modifiés", "Administratorrechte geändert", "管理者権限が変更されました"]),
    ("webhook.managed", ["Webhook changed", "Webhook modificado", "Webhook modifié", "Webhook geändert", "Webhook が変更されました"]),
    ("user.reinstated", ["Account works again", "La cuenta vuelve a funcionar", "Le compte fonctionne de nouveau", "Konto wieder freigegeben", "アカウントが再開されました"]),
    ("user.deleted", ["Account deleted", "Cuenta eliminada", "Compte supprimé", "Konto gelöscht", "アカウントを削除しました"]),
    ("session.created", ["Signed in", "Inicio de sesión", "Connexion", "Angemeldet", "サインインしました"]),
    ("session.ended", ["A session ended", "Una sesión ha terminado", "Une session a pris fin", "Eine Sitzung wurde beendet", "セッションが終了しました"]),
    ("session.ended/logout", ["Signed out", "Cierre de sesión", "Déconnexion", "Abgemeldet", "サインアウトしました"]),
    ("session.ended/revoked", ["A session was ended from another one", "Una sesión se ha cerrado desde otra", "Une session a été fermée depuis une autre", "Eine Sitzung wurde von einer anderen aus beendet", "ほかのセッションから終了されました"]),
    ("session.ended/limit", ["The oldest session ended, since there were too many", "La sesión más antigua se ha cerrado porque había demasiadas", "La plus ancienne session a été fermée car il y en avait trop", "Die älteste Sitzung endete, weil es zu viele waren", "数が多すぎたため、最も古いセッションが終了しました"]),
    ("session.ended/token_reuse", ["A session was ended, since somebody had a copy of its key", "Una sesión se ha cerrado porque alguien tenía una copia de su clave", "Une session a été fermée car quelqu’un avait une copie de sa clé", "Eine Sitzung wurde beendet, weil jemand eine Kopie ihres Schlüssels hatte", "鍵の複製が使われたため、セッションが終了しました"]),
    ("session.ended/password_changed", ["A session ended, since the password was changed", "Una sesión ha terminado porque se ha cambiado la contraseña", "Une session a pris fin car le mot de passe a changé", "Eine Sitzung endete, weil das Passwort geändert wurde", "パスワードの変更によりセッションが終了しました"]),
    ("session.ended/password_reset", ["A session ended, since a new password was chosen", "Una sesión ha terminado porque se ha elegido una contraseña nueva", "Une session a pris fin car un nouveau mot de passe a été choisi", "Eine Sitzung endete, weil ein neues Passwort gewählt wurde", "新しいパスワードが設定されたためセッションが終了しました"]),
    ("session.ended/undone", ["A session ended, since changes were taken back", "Una sesión ha terminado porque se han deshecho cambios", "Une session a pris fin car des modifications ont été annulées", "Eine Sitzung endete, weil Änderungen zurückgenommen wurden", "変更の取り消しによりセッションが終了しました"]),
    ("session.ended/suspended", ["A session ended, since the account was stopped", "Una sesión ha terminado porque la cuenta ha sido suspendida", "Une session a pris fin car le compte a été suspendu", "Eine Sitzung endete, weil das Konto gesperrt wurde", "アカウントの停止によりセッションが終了しました"]),
    ("security.sign_ins_refused", ["Wrong passwords were tried", "Se han probado contraseñas incorrectas", "De mauvais mots de passe ont été essayés", "Falsche Passwörter wurden probiert", "誤ったパスワードが試されました"]),
    ("security.code_guessing", ["Wrong codes were tried", "Se han probado códigos incorrectos", "De mauvais codes ont été essayés", "Falsche Codes wurden probiert", "誤ったコードが試されました"]),
    ("security.token_reuse", ["A session’s key was used twice", "La clave de una sesión se ha usado dos veces", "La clé d’une session a servi deux fois", "Der Schlüssel einer Sitzung wurde zweimal benutzt", "セッションの鍵が二重に使われました"]),
    ("security.passkey_copied", ["A passkey answered like a copy", "Una llave de acceso ha respondido como una copia", "Une clé d’accès a répondu comme une copie", "Ein Passkey antwortete wie eine Kopie", "パスキーが複製のように応答しました"]),
    ("security.mass_profile_reads", ["Very many profiles were read", "Se han leído muchísimos perfiles", "Un très grand nombre de profils ont été lus", "Sehr viele Profile wurden gelesen", "非常に多くのプロフィールが閲覧されました"]),
    ("security.alert", ["Something looked like an attack", "Algo ha parecido un ataque", "Quelque chose ressemblait à une attaque", "Etwas sah nach einem Angriff aus", "攻撃と思われる動きがありました"]),
    ("security.alert/token_reuse", ["A session’s key was used by two devices", "Dos dispositivos han usado la clave de una sesión", "La clé d’une session a été utilisée par deux appareils", "Der Schlüssel einer Sitzung wurde von zwei Geräten benutzt", "セッションの鍵が 2 台の端末で使われました"]),
    ("security.alert/code_guessing", ["Somebody guessed at codes", "Alguien ha intentado adivinar códigos", "Quelqu’un a tenté de deviner des codes", "Jemand hat Codes zu erraten versucht", "コードの推測が試みられました"]),
    ("security.alert/passkey_copied", ["A passkey may have been copied", "Es posible que se haya copiado una llave de acceso", "Une clé d’accès a peut-être été copiée", "Ein Passkey wurde vielleicht kopiert", "パスキーが複製された可能性があります"]),
    ("security.alert/new_device", ["Signed in on a new device", "Inicio de sesión en un dispositivo nuevo", "Connexion sur un nouvel appareil", "Anmeldung auf einem neuen Gerät", "新しい端末でサインインがありました"]),
    ("security.alert/new_network", ["Signed in from a new network", "Inicio de sesión desde una red nueva", "Connexion depuis un nouveau réseau", "Anmeldung aus einem neuen Netz", "新しいネットワークからサインインがありました"]),
    ("security.alert/failed_sign_ins", ["Several sign-ins failed", "Han fallado varios inicios de sesión", "Plusieurs connexions ont échoué", "Mehrere Anmeldungen sind gescheitert", "サインインの失敗が続きました"]),
    ("security.alert/otp_guessing", ["Somebody guessed at mailed codes", "Alguien ha intentado adivinar códigos enviados por correo", "Quelqu’un a tenté de deviner des codes envoyés par e-mail", "Jemand hat gemailte Codes zu erraten versucht", "メールで送られたコードの推測が試みられました"]),
    ("security.alert/two_factor_guessing", ["Somebody with the password guessed at codes", "Alguien con la contraseña ha intentado adivinar códigos", "Quelqu’un ayant le mot de passe a tenté de deviner des codes", "Jemand mit dem Passwort hat Codes zu erraten versucht", "パスワードを知る者がコードの推測を試みました"]),
    ("security.alert/change_after_new_device", ["A security setting changed soon after a sign-in on a new device", "Un ajuste de seguridad ha cambiado poco después de un inicio de sesión en un dispositivo nuevo", "Un réglage de sécurité a changé peu après une connexion sur un nouvel appareil", "Eine Sicherheitseinstellung wurde kurz nach einer Anmeldung auf einem neuen Gerät geändert", "新しい端末でのサインイン直後にセキュリティ設定が変更されました"]),
    ("security.alert/mass_profile_reads", ["Very many profiles were read with this account", "Se han leído muchísimos perfiles con esta cuenta", "Un très grand nombre de profils ont été lus avec ce compte", "Mit diesem Konto wurden sehr viele Profile gelesen", "このアカウントで非常に多くのプロフィールが閲覧されました"]),
    ("passkey.added", ["Passkey “{name}” added", "Llave de acceso «{name}» añadida", "Clé d’accès « {name} » ajoutée", "Passkey „{name}“ hinzugefügt", "パスキー「{name}」を追加しました"]),
    ("passkey.removed", ["Passkey “{name}” removed", "Llave de acceso «{name}» quitada", "Clé d’accès « {name} » retirée", "Passkey „{name}“ entfernt", "パスキー「{name}」を削除しました"]),
    ("profile.updated", ["Profile changed", "Perfil cambiado", "Profil modifié", "Profil geändert", "プロフィールを変更しました"]),
    ("profile.avatar_uploaded", ["A new profile picture was sent", "Se ha enviado una foto de perfil nueva", "Une nouvelle photo de profil a été envoyée", "Ein neues Profilbild wurde geschickt", "新しいプロフィール画像を送信しました"]),
    ("profile.avatar_updated", ["Profile picture changed", "Foto de perfil cambiada", "Photo de profil modifiée", "Profilbild geändert", "プロフィール画像を変更しました"]),
    ("profile.avatar_failed", ["The new profile picture could not be used", "No se ha podido usar la foto de perfil nueva", "La nouvelle photo de profil n’a pas pu être utilisée", "Das neue Profilbild war nicht zu gebrauchen", "新しいプロフィール画像は使えませんでした"]),
    ("profile.avatar_removed", ["Profile picture removed", "Foto de perfil eliminada", "Photo de profil retirée", "Profilbild entfernt", "プロフィール画像を削除しました"]),
    ("profile.privacy_updated", ["Privacy settings changed", "Privacidad cambiada", "Confidentialité modifiée", "Privatsphäre geändert", "公開範囲を変更しました"]),
    ("profile.preferences_updated", ["Preferences changed", "Preferencias cambiadas", "Préférences modifiées", "Einstellungen geändert", "設定を変更しました"]),
    ("profile.badges_updated", ["Badges changed", "Insignias cambiadas", "Badges modifiés", "Abzeichen geändert", "バッジが変わりました"]),
    ("profiles.created", ["Another profile made", "Otro perfil creado", "Autre profil créé", "Weiteres Profil angelegt", "プロフィールを追加しました"]),
    ("profiles.updated", ["A profile changed", "Un perfil cambiado", "Un profil modifié", "Ein Profil geändert", "プロフィールを変更しました"]),
    ("profiles.deleted", ["A profile deleted", "Un perfil eliminado", "Un profil supprimé", "Ein Profil gelöscht", "プロフィールを削除しました"]),
    ("alias.created", ["An alias put on", "Alias creado", "Alias créé", "Alias angelegt", "別名を作成しました"]),
    ("alias.regenerated", ["An alias changed for another", "Alias cambiado por otro", "Alias remplacé par un autre", "Alias gegen ein anderes getauscht", "別名を取り替えました"]),
    ("alias.converted", ["An alias revealed", "Alias revelado", "Alias dévoilé", "Alias offengelegt", "別名の持ち主を明かしました"]),
    ("alias.resolved", ["A service looked up who is behind an alias", "Un servicio ha consultado quién está detrás de un alias", "Un service a consulté qui se cache derrière un alias", "Ein Dienst hat nachgesehen, wer hinter einem Alias steht", "サービスが別名の持ち主を照会しました"]),
    ("media.uploaded", ["A picture was uploaded", "Se ha subido una imagen", "Une image a été envoyée", "Ein Bild wurde hochgeladen", "画像をアップロードしました"]),
    ("media.ready", ["A picture is ready", "Una imagen está lista", "Une image est prête", "Ein Bild ist fertig", "画像の準備ができました"]),
    ("media.failed", ["A picture could not be used", "No se ha podido usar una imagen", "Une image n’a pas pu être utilisée", "Ein Bild war nicht zu gebrauchen", "画像は使えませんでした"]),
    ("media.deleted", ["A picture deleted", "Imagen eliminada", "Image supprimée", "Bild gelöscht", "画像を削除しました"]),
    ("media.reordered", ["Pictures put in another order", "Imágenes reordenadas", "Images réordonnées", "Bilder umgeordnet", "画像を並べ替えました"]),
    ("payment_method.added", ["Payment method added", "Método de pago añadido", "Moyen de paiement ajouté", "Zahlungsmittel hinzugefügt", "支払い方法を追加しました"]),
    ("payment_method.removed", ["Payment method removed", "Método de pago eliminado", "Moyen de paiement retiré", "Zahlungsmittel entfernt", "支払い方法を削除しました"]),
    ("payment_method.default_changed", ["Another default payment method chosen", "Otro método de pago predeterminado", "Autre moyen de paiement par défaut", "Anderes Standardzahlungsmittel gewählt", "既定の支払い方法を変更しました"]),
    ("review.recorded", ["A review was recorded", "Se ha registrado una reseña", "Un avis a été enregistré", "Eine Bewertung wurde festgehalten", "レビューが記録されました"]),
    ("review.removed", ["A review was removed", "Se ha eliminado una reseña", "Un avis a été retiré", "Eine Bewertung wurde entfernt", "レビューが削除されました"]),
    ("activity.disowned", ["“This wasn’t me” said of an entry", "Se ha indicado «No he sido yo» en una entrada", "« Ce n’était pas moi » signalé pour une entrée", "„Das war ich nicht“ zu einem Eintrag gesagt", "ある記録について「心当たりがない」と報告しました"]),
];

/// The sentence of an event of type `kind` with `data` in `language`; the type itself where there
/// is none.
pub(super) fn summary(kind: &str, data: &Value, language: Locale) -> String {
    let detail = ["reason", "kind"].iter().find_map(|name| data.get(name)?.as_str());
    let detailed = detail.and_then(|detail| sentence(&format!("{kind}/{detail}")));
    let Some(texts) = detailed.or_else(|| sentence(kind)) else { return kind.to_owned() };
    filled(in_language(texts, language), data)
}

fn sentence(key: &str) -> Option<&'static [&'static str; 5]> {
    SENTENCES.iter().find(|(name, _)| *name == key).map(|(_, texts)| texts)
}

fn in_language([en, es, fr, de, ja]: &[&'static str; 5], language: Locale) -> &'static str {
    match language {
        Locale::En => en,
        Locale::Es => es,
        Locale::Fr => fr,
        Locale::De => de,
        Locale::Ja => ja,
    }
}

fn filled(text: &str, data: &Value) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
    let value = data.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{before}{value}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_testbed::app::features;
    use serde_json::json;

    #[test]
    fn every_event_of_the_catalog_has_its_sentence() {
        let kinds = features().iter().flat_map(|feature| &feature.events).map(|kind| kind.name);
        let shown =
            kinds.filter(|name| *name != "activity.recorded" && !name.starts_with("notification."));
        let missing: Vec<_> = shown.filter(|name| sentence(name).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn every_sentence_is_translated_and_asks_for_the_same_texts() {
        let placeholders = |text: &str| {
            text.split_once('{')
                .and_then(|(_, rest)| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
        };
        for (key, texts) in SENTENCES {
            let [first, ..] = texts;
            assert!(
                texts
                    .iter()
                    .all(|text| !text.is_empty() && placeholders(text) == placeholders(first)),
                "{key}"
            );
        }
    }

    #[test]
    fn a_sentence_follows_its_data_and_an_unknown_type_is_its_own_sentence() {
        let sentence = |kind: &str, data: Value| summary(kind, &data, Locale::De);
        assert_eq!(sentence("session.ended", json!({"reason": "logout"})), "Abgemeldet");
        assert_eq!(
            sentence("session.ended", json!({"reason": "unheard_of"})),
            "Eine Sitzung wurde beendet"
        );
        assert_eq!(
            sentence("passkey.added", json!({"name": "Laptop {name}"})),
            "Passkey „Laptop {name}“ hinzugefügt"
        );
        assert_eq!(sentence("order.placed", json!({})), "order.placed");
    }
}
