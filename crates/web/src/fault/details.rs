//! What happened, where no field is to blame, and what to do.

use super::shown::{Shown, Size, Wait, fill, in_language};
use super::{Text, texts};
use selfsame_primitives::Locale;
use serde::{Deserialize, Serialize};

texts! {
    /// What happened this time, and what to do: the `detail` of a problem.
    Detail

    /// A body of another type than JSON came to where JSON is taken.
    SendJson "send_json"
        "Send the body as JSON, with “Content-Type: application/json”."
        "Sende den Inhalt als JSON, mit „Content-Type: application/json“."
        "Envía el contenido como JSON, con «Content-Type: application/json»."
        "Envoyez le contenu en JSON, avec « Content-Type: application/json »."
        "本文は「Content-Type: application/json」のJSONで送ってください。";
    /// A body that is no form came to where a picture is taken.
    SendForm "send_form"
        "Send the picture as a form, with “Content-Type: multipart/form-data” and its boundary."
        "Sende das Bild als Formular, mit „Content-Type: multipart/form-data“ und seiner Grenze (boundary)."
        "Envía la imagen en un formulario, con «Content-Type: multipart/form-data» y su separador (boundary)."
        "Envoyez l’image dans un formulaire, avec « Content-Type: multipart/form-data » et son séparateur (boundary)."
        "画像は「Content-Type: multipart/form-data」(boundary付き)のフォームで送ってください。";
    /// The media type is not taken.
    MediaType "media_type"
        "This address does not take this Content-Type."
        "Diese Adresse nimmt diesen Content-Type nicht an."
        "Esta dirección no admite este Content-Type."
        "Cette adresse n’accepte pas ce Content-Type."
        "このContent-Typeは受け付けていません。";
    /// The body has too many bytes; it is not known how many are taken.
    BodyTooLarge "body_too_large"
        "The body has more bytes than this address takes."
        "Der Inhalt hat mehr Bytes, als diese Adresse annimmt."
        "El contenido tiene más bytes de los que admite esta dirección."
        "Le contenu a plus d’octets que cette adresse n’en accepte."
        "本文がこのアドレスの上限を超えています。";
    /// The body has more bytes than the route takes.
    BodyOver { max: Size } "body_over"
        "The body is larger than {max}, the most that this address takes."
        "Der Inhalt ist größer als {max}; mehr nimmt diese Adresse nicht an."
        "El contenido ocupa más de {max}, lo máximo que admite esta dirección."
        "Le contenu dépasse {max}, le maximum que cette adresse accepte."
        "本文がこのアドレスの上限({max})を超えています。";
    /// The request took too long to arrive.
    TooSlow "too_slow"
        "The request did not arrive in time."
        "Die Anfrage kam nicht rechtzeitig an."
        "La petición no llegó a tiempo."
        "La requête n’est pas arrivée à temps."
        "リクエストが時間内に届きませんでした。";
    /// The request can't be understood.
    NotUnderstood "not_understood"
        "The request is not one that this address understands."
        "Diese Anfrage versteht diese Adresse nicht."
        "Esta dirección no entiende esta petición."
        "Cette adresse ne comprend pas cette requête."
        "このアドレスでは扱えないリクエストです。";
    /// The method is not taken.
    Method "method"
        "This address does not take this method; “Allow” names those it does."
        "Diese Adresse nimmt diese Methode nicht an; „Allow“ nennt die, die gehen."
        "Esta dirección no admite este método; «Allow» nombra los que sí."
        "Cette adresse n’accepte pas cette méthode ; « Allow » nomme celles qui conviennent."
        "このメソッドは使えません。使えるものは「Allow」にあります。";
    /// There is nothing here, or nothing the caller may know of.
    Nothing "nothing"
        "There is nothing here, or you may not see it."
        "Hier ist nichts, oder du darfst es nicht sehen."
        "Aquí no hay nada, o no puedes verlo."
        "Il n’y a rien ici, ou vous ne pouvez pas le voir."
        "何もないか、表示する権限がありません。";
    /// There is no good access token.
    SignIn "sign_in"
        "Sign in and send the access token as “Authorization: Bearer …”."
        "Melde dich an und sende das Zugriffstoken als „Authorization: Bearer …“."
        "Inicia sesión y envía el token de acceso como «Authorization: Bearer …»."
        "Connectez-vous et envoyez le jeton d’accès par « Authorization: Bearer … »."
        "サインインし、アクセストークンを「Authorization: Bearer …」で送ってください。";
    /// It is not allowed.
    NotAllowed "not_allowed"
        "This is not allowed."
        "Das ist nicht erlaubt."
        "Esto no está permitido."
        "Ceci n’est pas permis."
        "許可されていません。";
    /// The state does not allow it.
    StateForbids "state_forbids"
        "This does not fit the current state."
        "Das passt nicht zum gegenwärtigen Zustand."
        "Esto no encaja con el estado actual."
        "Ceci ne convient pas à l’état actuel."
        "現在の状態では行えません。";
    /// Something was changed at the same time.
    ChangedMeanwhile "changed_meanwhile"
        "This was changed at the same time. Load it again and repeat."
        "Das wurde gleichzeitig geändert. Lade es neu und versuche es noch einmal."
        "Esto se modificó al mismo tiempo. Vuelve a cargarlo y repite."
        "Ceci a été modifié au même moment. Rechargez et recommencez."
        "同時に変更されました。読み込み直して、もう一度お試しください。";
    /// `If-Match` names an old version.
    Stale "stale"
        "This has changed since you loaded it. Load it again and repeat your change."
        "Das hat sich geändert, seit du es geladen hast. Lade es neu und wiederhole deine Änderung."
        "Esto cambió desde que lo cargaste. Vuelve a cargarlo y repite tu cambio."
        "Ceci a changé depuis votre lecture. Rechargez et refaites votre modification."
        "読み込んだ後に変更されています。読み込み直してから変更してください。";
    /// The store can't be reached.
    StoreDown "store_down"
        "The store can’t be reached right now. Nothing was lost; try again in a moment."
        "Der Speicher ist gerade nicht erreichbar. Nichts ging verloren; versuche es gleich noch einmal."
        "El almacén no está disponible ahora. No se perdió nada; inténtalo de nuevo en un momento."
        "Le stockage est injoignable pour l’instant. Rien n’est perdu ; réessayez dans un moment."
        "現在ストアに接続できません。失われたものはありません。少ししてからお試しください。";
    /// The service can't do it now.
    NotNow "not_now"
        "The service can’t do this right now. Try again in a moment."
        "Das geht im Moment nicht. Versuche es gleich noch einmal."
        "El servicio no puede hacer esto ahora mismo. Inténtalo de nuevo en un momento."
        "Le service ne peut pas faire cela pour l’instant. Réessayez dans un moment."
        "現在この操作はできません。少ししてからもう一度お試しください。";
    /// A mistake of the service.
    OurMistake "our_mistake"
        "Something went wrong on our side. Tell us the requestId if it happens again."
        "Bei uns ist etwas schiefgegangen. Nenne uns die requestId, wenn es wieder vorkommt."
        "Algo ha fallado por nuestra parte. Indícanos la requestId si vuelve a ocurrir."
        "Une erreur s’est produite de notre côté. Communiquez-nous la requestId si cela se reproduit."
        "こちら側で問題が発生しました。再び起きたときはrequestIdをお知らせください。";
    /// The service is stopping.
    Stopping "stopping"
        "The service is stopping. Try again in a moment."
        "Der Dienst wird gerade angehalten. Versuche es gleich noch einmal."
        "El servicio se está deteniendo. Inténtalo de nuevo en un momento."
        "Le service s’arrête. Réessayez dans un moment."
        "サービスを停止しています。少ししてからお試しください。";
    /// A limit was reached.
    TooOften { wait: Wait } "too_often"
        "That was a little too often. Please try again in {wait}."
        "Das war etwas zu oft. Versuche es in {wait} noch einmal."
        "Eso fue demasiado seguido. Inténtalo de nuevo en {wait}."
        "C’était un peu trop fréquent. Réessayez dans {wait}."
        "回数が多すぎます。{wait}後にもう一度お試しください。";
    /// A limit was reached; it is not known for how long.
    TooManyRequests "too_many_requests"
        "Too many requests. Wait a moment and try again."
        "Zu viele Anfragen. Warte einen Moment und versuche es noch einmal."
        "Demasiadas peticiones. Espera un momento e inténtalo de nuevo."
        "Trop de requêtes. Patientez un instant et réessayez."
        "リクエストが多すぎます。少し待ってからお試しください。";
    /// Too many attempts failed from one address.
    TooManyAttempts { wait: Wait } "too_many_attempts"
        "Too many attempts from here. Try again in {wait}."
        "Zu viele Versuche von hier. Versuche es in {wait} noch einmal."
        "Demasiados intentos desde aquí. Inténtalo de nuevo en {wait}."
        "Trop de tentatives depuis cet endroit. Réessayez dans {wait}."
        "試行回数が多すぎます。{wait}後にもう一度お試しください。";
    /// Many codes were sent, to an address or because of an account.
    TooManyCodes { wait: Wait } "too_many_codes"
        "Many codes were asked for lately. If mails came to this address, the last one has a code that is good until there can be another. Try again in {wait}."
        "Zuletzt wurden viele Codes verlangt. Falls an diese Adresse Mails kamen, hat die letzte einen, der gilt, bis es einen neuen geben kann. Versuche es in {wait} noch einmal."
        "Se pidieron muchos códigos últimamente. Si llegaron correos a esta dirección, el último tiene uno que vale hasta que pueda haber otro. Inténtalo de nuevo en {wait}."
        "Beaucoup de codes ont été demandés récemment. Si des messages sont arrivés à cette adresse, le dernier en contient un qui vaut jusqu’au suivant. Réessayez dans {wait}."
        "最近多くのコードが請求されました。このアドレスにメールが届いていれば、最後のメールのコードは、次を送れるようになるまで有効です。{wait}後にお試しください。";
    /// Several codes were wrong: for a while none is taken.
    CodesPaused { wait: Wait } "codes_paused"
        "Too many codes were wrong. Try again in {wait}."
        "Zu viele Codes waren falsch. Versuche es in {wait} noch einmal."
        "Demasiados códigos fueron incorrectos. Inténtalo de nuevo en {wait}."
        "Trop de codes étaient faux. Réessayez dans {wait}."
        "間違ったコードが多すぎます。{wait}後にもう一度お試しください。";
    /// Several codes of an application were wrong.
    AuthenticatorPaused { wait: Wait } "authenticator_paused"
        "Too many wrong codes. Wait {wait}, or use a recovery code or a passkey."
        "Zu viele falsche Codes. Warte {wait}, oder nimm einen Wiederherstellungscode oder Passkey."
        "Demasiados códigos incorrectos. Espera {wait}, o usa un código de recuperación o una llave de acceso."
        "Trop de codes faux. Attendez {wait}, ou utilisez un code de secours ou une clé d’accès."
        "間違ったコードが多すぎます。{wait}待つか、回復コードまたはパスキーを使ってください。";
    /// A code of a mail is not good.
    CodeNotGood "code_not_good"
        "This code is wrong, used already, or too old. Check it, or ask for another."
        "Dieser Code ist falsch, schon benutzt oder zu alt. Prüfe ihn oder fordere einen neuen an."
        "Este código es incorrecto, ya se usó o ha caducado. Revísalo o pide otro."
        "Ce code est faux, déjà utilisé ou trop ancien. Vérifiez-le ou demandez-en un autre."
        "コードが正しくないか、使用済みか、期限切れです。確認するか、新しいコードを請求してください。";
    /// Six digits are not taken any more.
    CodesClosed "codes_closed"
        "Too many codes in a row were wrong. Ask for another mail: the code in it is a long one, which is always taken."
        "Zu viele Codes hintereinander waren falsch. Lass dir noch eine Mail schicken: Der Code darin ist lang und gilt immer."
        "Demasiados códigos seguidos fueron incorrectos. Pide otro correo: su código es largo y siempre se acepta."
        "Trop de codes faux à la suite. Demandez un autre message : son code est long, et toujours accepté."
        "間違ったコードが続きました。もう一度メールを請求してください。そのメールの長いコードはいつでも使えます。";
    /// The code of a second factor is not good.
    SecondFactorWrong "second_factor_wrong"
        "The code is wrong, or was used already. Wait for the next one, or use a recovery code."
        "Der Code ist falsch oder wurde schon benutzt. Warte auf den nächsten oder nimm einen Wiederherstellungscode."
        "El código es incorrecto o ya se usó. Espera al siguiente o usa un código de recuperación."
        "Le code est faux ou a déjà servi. Attendez le suivant ou utilisez un code de secours."
        "コードが正しくないか、使用済みです。次のコードを待つか、回復コードを使ってください。";
    /// A sign-in took too long.
    SignInEnded "sign_in_ended"
        "This sign-in took too long, or too many codes were wrong. Start it anew."
        "Diese Anmeldung dauerte zu lange, oder zu viele Codes waren falsch. Beginne von vorn."
        "Este inicio de sesión tardó demasiado, o hubo demasiados códigos incorrectos. Empieza de nuevo."
        "Cette connexion a trop duré, ou trop de codes étaient faux. Recommencez."
        "サインインに時間がかかりすぎたか、間違ったコードが多すぎました。最初からやり直してください。";
    /// No account with this name and password.
    NoMatch "no_match"
        "There is no account with this name and password. Check both and try again."
        "Es gibt kein Konto mit diesem Namen und Passwort. Prüfe beides und versuche es noch einmal."
        "No hay ninguna cuenta con ese nombre y esa contraseña. Revisa ambos e inténtalo de nuevo."
        "Aucun compte ne correspond à ce nom et à ce mot de passe. Vérifiez-les et réessayez."
        "この名前とパスワードのアカウントはありません。確認してもう一度お試しください。";
    /// The account does not work.
    AccountStopped "account_stopped"
        "This account is suspended or about to be deleted."
        "Dieses Konto ist gesperrt oder wird bald gelöscht."
        "Esta cuenta está suspendida o a punto de borrarse."
        "Ce compte est suspendu ou sur le point d’être supprimé."
        "このアカウントは停止されているか、まもなく削除されます。";
    /// The owner has asked for the account's deletion.
    AccountLeaving "account_leaving"
        "This account is about to be deleted; its owner has asked for that."
        "Dieses Konto wird bald gelöscht, auf Wunsch seines Besitzers."
        "Esta cuenta está a punto de borrarse porque su dueño lo pidió."
        "Ce compte est sur le point d’être supprimé, à la demande de son propriétaire."
        "このアカウントは持ち主の希望でまもなく削除されます。";
    /// The refresh token is not good.
    RefreshSpent "refresh_spent"
        "The refresh token is not good any more. Please sign in again."
        "Das Refresh-Token gilt nicht mehr. Bitte melde dich neu an."
        "El token de renovación ya no vale. Vuelve a iniciar sesión."
        "Le jeton de renouvellement n’est plus valable. Reconnectez-vous."
        "リフレッシュトークンは無効です。もう一度サインインしてください。";
    /// The session cookie came from another site's page.
    CookieFromElsewhere { site: String } "cookie_from_elsewhere"
        "The session cookie may be used only by pages of {site}, which is what `public_url` says."
        "Das Sitzungs-Cookie dürfen nur Seiten von {site} benutzen; so sagt es `public_url`."
        "Solo las páginas de {site}, que es lo que dice `public_url`, pueden usar la cookie de sesión."
        "Seules les pages de {site}, comme le dit `public_url`, peuvent utiliser le cookie de session."
        "セッションCookieは{site}(`public_url`の値)のページからしか使えません。";
    /// The browser would drop the session cookie.
    CookieDropped { site: String } "cookie_dropped"
        "Your page is of another site than {site}, so the browser would drop the session cookie. Leave out “session”: “cookie” and keep the refresh token yourself."
        "Deine Seite gehört zu einer anderen Website als {site}; der Browser würde das Sitzungs-Cookie verwerfen. Lass „session“: „cookie“ weg und bewahre das Refresh-Token selbst auf."
        "Tu página es de otro sitio que {site}, así que el navegador descartaría la cookie de sesión. Omite «session»: «cookie» y guarda tú el token de renovación."
        "Votre page est d’un autre site que {site} : le navigateur rejetterait le cookie de session. Omettez « session » : « cookie » et conservez vous-même le jeton de renouvellement."
        "ページが{site}とは別のサイトのため、ブラウザーはセッションCookieを破棄します。「session」:「cookie」を省き、リフレッシュトークンを自分で保管してください。";
    /// Only another issuer registers people.
    NoRegistration { issuers: String } "no_registration"
        "Nobody registers here. Sign in with one of these, and you have an account: {issuers}."
        "Hier registriert man sich nicht. Melde dich bei einem dieser Dienste an, dann hast du ein Konto: {issuers}."
        "Aquí nadie se registra. Inicia sesión con uno de estos servicios y tendrás una cuenta: {issuers}."
        "On ne s’inscrit pas ici. Connectez-vous auprès d’un de ces services et vous aurez un compte : {issuers}."
        "ここでは登録できません。次のいずれかでサインインするとアカウントが作られます: {issuers}。";
    /// A token of another issuer can't be ended here.
    NotSignedOut { issuer: String } "not_signed_out"
        "Nothing has ended: your token is one of {issuer}, and stays good until it expires. Sign out there, and forget the token."
        "Nichts wurde beendet: Dein Token ist von {issuer} und gilt, bis es abläuft. Melde dich dort ab und vergiss das Token."
        "No se ha cerrado nada: tu token es de {issuer} y vale hasta que caduque. Cierra la sesión allí y olvida el token."
        "Rien n’a pris fin : votre jeton vient de {issuer} et reste valable jusqu’à son expiration. Déconnectez-vous là-bas et oubliez le jeton."
        "何も終了していません。トークンは{issuer}のもので、期限まで有効です。そちらでサインアウトし、トークンを破棄してください。";
    /// Too many codes of the authenticator were wrong.
    FactorClosed "factor_closed"
        "Too many wrong codes: codes of the authenticator application are not taken any more. Use a recovery code, after which they are taken again; or sign in with a passkey and have new recovery codes made."
        "Zu viele falsche Codes: Codes der Authenticator-App gelten nicht mehr. Nimm einen Wiederherstellungscode, danach gelten sie wieder; oder melde dich mit einem Passkey an und lass dir neue Wiederherstellungscodes geben."
        "Demasiados códigos incorrectos: ya no se admiten códigos de la aplicación. Usa un código de recuperación, tras lo cual volverán a admitirse; o inicia sesión con una llave de acceso y pide códigos de recuperación nuevos."
        "Trop de codes erronés : ceux de l’application ne sont plus acceptés. Utilisez un code de secours, après quoi ils le seront de nouveau ; ou connectez-vous avec une clé d’accès et demandez de nouveaux codes de secours."
        "間違ったコードが多すぎるため、認証アプリのコードは受け付けません。リカバリーコードを使うと再び使えます。または、パスキーでサインインし、新しいリカバリーコードを発行してください。";
    /// The issuer of a token can't be reached.
    IssuerDown "issuer_down"
        "The issuer of your token can’t be reached to verify it. Try again in a moment."
        "Der Aussteller deines Tokens ist zur Prüfung nicht erreichbar. Versuche es gleich noch einmal."
        "No se puede contactar con el emisor de tu token para comprobarlo. Inténtalo de nuevo en un momento."
        "L’émetteur de votre jeton est injoignable pour le vérifier. Réessayez dans un moment."
        "トークンの発行元に接続できず確認できません。少ししてからお試しください。";
    /// It has to be shown anew who it is.
    ConfirmIdentity "confirm_identity"
        "Confirm that it is you with your password or a code (POST /auth/reauthenticate), then repeat this."
        "Bestätige mit deinem Passwort oder einem Code, dass du es bist (POST /auth/reauthenticate), und wiederhole das."
        "Confirma que eres tú con tu contraseña o un código (POST /auth/reauthenticate) y repite esto."
        "Confirmez votre identité par votre mot de passe ou un code (POST /auth/reauthenticate), puis recommencez."
        "パスワードまたはコードで本人確認(POST /auth/reauthenticate)をしてから、もう一度行ってください。";
    /// It has to be shown anew, to the issuer, who it is.
    ConfirmElsewhere { issuer: String } "confirm_elsewhere"
        "Sign in once more with {issuer} (in OpenID Connect with prompt=login or max_age=600), and repeat this with the new token: its `auth_time` must be within ten minutes."
        "Melde dich bei {issuer} noch einmal an (in OpenID Connect mit prompt=login oder max_age=600) und wiederhole das mit dem neuen Token: Dessen `auth_time` darf höchstens zehn Minuten alt sein."
        "Vuelve a iniciar sesión con {issuer} (en OpenID Connect con prompt=login o max_age=600) y repite esto con el token nuevo: su `auth_time` debe ser de hace diez minutos como máximo."
        "Reconnectez-vous auprès de {issuer} (en OpenID Connect avec prompt=login ou max_age=600) et recommencez avec le nouveau jeton : son `auth_time` doit dater de dix minutes au plus."
        "{issuer}でもう一度サインインし(OpenID Connectではprompt=loginまたはmax_age=600)、新しいトークンでやり直してください。`auth_time`は10分以内である必要があります。";
    /// Another service signs the person in.
    ForeignSession { issuer: String } "foreign_session"
        "{issuer} signs you in, and it alone can confirm that it is you: sign in there once more and repeat what you wanted with the new token, whose `auth_time` must be within ten minutes."
        "{issuer} meldet dich an, und nur dort kann bestätigt werden, dass du es bist: Melde dich dort noch einmal an und wiederhole, was du wolltest, mit dem neuen Token, dessen `auth_time` höchstens zehn Minuten alt ist."
        "{issuer} inicia tu sesión y solo allí se puede confirmar que eres tú: vuelve a iniciar sesión y repite lo que querías con el token nuevo, cuyo `auth_time` sea de hace diez minutos como máximo."
        "{issuer} vous connecte et peut seul confirmer votre identité : reconnectez-vous là-bas et recommencez avec le nouveau jeton, dont l’`auth_time` date de dix minutes au plus."
        "{issuer}でサインインしているため、本人確認はそこでしかできません。もう一度そこでサインインし、`auth_time`が10分以内の新しいトークンでやり直してください。";
    /// The account has no password.
    NoPassword "no_password"
        "This account has no password: another service signs you in."
        "Dieses Konto hat kein Passwort: Ein anderer Dienst meldet dich an."
        "Esta cuenta no tiene contraseña: otro servicio inicia tu sesión."
        "Ce compte n’a pas de mot de passe : un autre service vous connecte."
        "このアカウントにはパスワードがなく、別のサービスでサインインします。";
    /// The password is too short without a second factor.
    PasswordAlone "password_alone"
        "Your password is too short to stand alone. Choose a longer one first."
        "Dein Passwort ist zu kurz, um allein zu genügen. Wähle zuerst ein längeres."
        "Tu contraseña es demasiado corta para bastar sola. Elige antes una más larga."
        "Votre mot de passe est trop court pour suffire seul. Choisissez-en d’abord un plus long."
        "パスワードだけで守るには短すぎます。先により長いものを設定してください。";
    /// All threads that hash passwords are busy.
    ManySignIns "many_sign_ins"
        "Too many people sign in at this moment. Try again in a second."
        "Gerade melden sich zu viele Leute an. Versuche es in einer Sekunde noch einmal."
        "Demasiada gente inicia sesión en este momento. Inténtalo de nuevo en un segundo."
        "Trop de personnes se connectent en ce moment. Réessayez dans une seconde."
        "サインインが集中しています。1秒後にもう一度お試しください。";
    /// Two-factor authentication is on.
    TwoFactorOn "two_factor_on"
        "Two-factor authentication is on already. Turn it off to set it up anew."
        "Die Zwei-Faktor-Anmeldung ist schon an. Schalte sie aus, um sie neu einzurichten."
        "La verificación en dos pasos ya está activada. Desactívala para configurarla de nuevo."
        "L’authentification à deux facteurs est déjà active. Désactivez-la pour la configurer à nouveau."
        "二要素認証はすでに有効です。設定し直すには一度無効にしてください。";
    /// Two-factor authentication is off.
    TwoFactorOff "two_factor_off"
        "Two-factor authentication is not on."
        "Die Zwei-Faktor-Anmeldung ist nicht an."
        "La verificación en dos pasos no está activada."
        "L’authentification à deux facteurs n’est pas active."
        "二要素認証は有効ではありません。";
    /// Two-factor authentication is off, so that its codes prove nothing.
    NoCodes "no_codes"
        "Two-factor authentication is not on; use your password."
        "Die Zwei-Faktor-Anmeldung ist nicht an; nimm dein Passwort."
        "La verificación en dos pasos no está activada; usa tu contraseña."
        "L’authentification à deux facteurs n’est pas active ; utilisez votre mot de passe."
        "二要素認証は有効ではありません。パスワードを使ってください。";
    /// No setup of a second factor is under way.
    TwoFactorNotSetUp "two_factor_not_set_up"
        "Set two-factor authentication up first; a setup lasts for an hour."
        "Richte die Zwei-Faktor-Anmeldung zuerst ein; das gilt eine Stunde lang."
        "Configura antes la verificación en dos pasos; la configuración dura una hora."
        "Configurez d’abord l’authentification à deux facteurs ; cela vaut une heure."
        "先に二要素認証の設定を始めてください。設定は1時間有効です。";
    /// The passkey is there.
    PasskeyKnown "passkey_known"
        "This passkey is there already."
        "Diesen Passkey gibt es schon."
        "Esta llave de acceso ya existe."
        "Cette clé d’accès existe déjà."
        "このパスキーはすでに登録されています。";
    /// There are as many passkeys as there may be.
    PasskeysFull { max: usize } "passkeys_full"
        "There are {max} passkeys already. Remove one first."
        "Es gibt schon {max} Passkeys. Entferne zuerst einen."
        "Ya hay {max} llaves de acceso. Quita antes una."
        "Il y a déjà {max} clés d’accès. Supprimez-en une d’abord."
        "パスキーはすでに{max}個あります。先に一つ削除してください。";
    /// The account has no passkey.
    NoPasskey "no_passkey"
        "This account has no passkey."
        "Dieses Konto hat keinen Passkey."
        "Esta cuenta no tiene llaves de acceso."
        "Ce compte n’a pas de clé d’accès."
        "このアカウントにはパスキーがありません。";
    /// The passkey signs nobody in.
    PasskeyRefused "passkey_refused"
        "This passkey does not sign in here, or it took too long. Try again, or sign in another way."
        "Dieser Passkey meldet hier nicht an, oder es dauerte zu lange. Versuche es noch einmal oder melde dich anders an."
        "Esta llave de acceso no sirve aquí, o tardó demasiado. Inténtalo de nuevo o entra de otra manera."
        "Cette clé d’accès ne connecte pas ici, ou c’était trop long. Réessayez ou connectez-vous autrement."
        "このパスキーではサインインできないか、時間切れです。もう一度試すか、別の方法でサインインしてください。";
    /// The id of the account does not fit into a passkey.
    PasskeyIdTooLong "passkey_id_too_long"
        "The id of this account is too long for passkeys."
        "Die Kennung dieses Kontos ist zu lang für Passkeys."
        "El identificador de esta cuenta es demasiado largo para llaves de acceso."
        "L’identifiant de ce compte est trop long pour les clés d’accès."
        "このアカウントのIDは長すぎて、パスキーを使えません。";
    /// The service has no domain name.
    PasskeysNeedDomain "passkeys_need_domain"
        "Passkeys need a service that is reached by a domain name; this one is reached by an address."
        "Passkeys brauchen einen Dienst mit Domainnamen; dieser ist nur über eine Adresse erreichbar."
        "Las llaves de acceso requieren un servicio con nombre de dominio; este tiene solo una dirección."
        "Les clés d’accès demandent un service avec un nom de domaine ; celui-ci n’a qu’une adresse."
        "パスキーにはドメイン名が必要ですが、このサービスはアドレスで公開されています。";
    /// The address has an account.
    EmailHasAccount "email_has_account"
        "There is an account with this email address already. Sign in instead."
        "Mit dieser Adresse gibt es schon ein Konto. Melde dich an."
        "Ya hay una cuenta con este correo. Inicia sesión."
        "Un compte existe déjà avec cette adresse. Connectez-vous."
        "このメールアドレスのアカウントはすでにあります。サインインしてください。";
    /// Another account has the address.
    EmailTaken "email_taken"
        "Another account has this email address."
        "Ein anderes Konto hat diese E-Mail-Adresse."
        "Otra cuenta tiene este correo."
        "Un autre compte a cette adresse e-mail."
        "別のアカウントがこのメールアドレスを使っています。";
    /// The address was changed meanwhile.
    EmailChanged "email_changed"
        "Your address was changed at the same time. Load it again and repeat."
        "Deine Adresse wurde gleichzeitig geändert. Lade sie neu und versuche es noch einmal."
        "Tu dirección se modificó al mismo tiempo. Vuelve a cargarla y repite."
        "Votre adresse a été modifiée au même moment. Rechargez et recommencez."
        "アドレスが同時に変更されました。読み込み直して、もう一度お試しください。";
    /// Somebody has the username.
    UsernameTaken "username_taken"
        "Somebody has this username, or one that looks like it. Please choose another."
        "Diesen Benutzernamen, oder einen sehr ähnlichen, hat schon jemand. Wähle einen anderen."
        "Alguien tiene ya este nombre de usuario, o uno muy parecido. Elige otro."
        "Quelqu’un a déjà ce nom d’utilisateur, ou un nom très proche. Choisissez-en un autre."
        "このユーザー名、またはよく似た名前はすでに使われています。別の名前を選んでください。";
    /// The username was changed a short time ago. (Literal in English: requirement 003.)
    UsernameCooldown { every: u64, days: u64 } "username_cooldown"
        "Username can only be updated once every {every} days. Please wait {days} more {days|day|days}."
        "Der Benutzername lässt sich nur alle {every} Tage ändern. Bitte warte noch {days} {days|Tag|Tage}."
        "El nombre de usuario solo se puede cambiar cada {every} días. Espera {days} {days|día|días} más."
        "Le nom d’utilisateur ne peut être changé que tous les {every} jours. Attendez encore {days} {days|jour|jours}."
        "ユーザー名は{every}日に一度だけ変更できます。あと{days}日お待ちください。";
    /// The account was changed meanwhile.
    AccountChanged "account_changed"
        "This account was changed at the same time. Follow the link again."
        "Dieses Konto wurde gleichzeitig geändert. Öffne den Link noch einmal."
        "Esta cuenta se modificó al mismo tiempo. Abre el enlace de nuevo."
        "Ce compte a été modifié au même moment. Ouvrez à nouveau le lien."
        "アカウントが同時に変更されました。もう一度リンクを開いてください。";
    /// There are as many profiles as there may be.
    ProfilesFull { max: usize } "profiles_full"
        "You have {max} profiles, which is as many as there may be. Delete one first."
        "Du hast {max} Profile, mehr gehen nicht. Lösche zuerst eines."
        "Tienes {max} perfiles, el máximo. Borra antes uno."
        "Vous avez {max} profils, le maximum. Supprimez-en un d’abord."
        "プロフィールは上限の{max}個あります。先に一つ削除してください。";
    /// The primary profile stays.
    PrimaryProfile "primary_profile"
        "The primary profile can’t be deleted."
        "Das Hauptprofil lässt sich nicht löschen."
        "El perfil principal no se puede borrar."
        "Le profil principal ne peut pas être supprimé."
        "メインのプロフィールは削除できません。";
    /// It is for administrators.
    AdministratorsOnly "administrators_only"
        "This is for administrators."
        "Das ist für die Verwaltung."
        "Esto es para administradores."
        "Ceci est réservé aux administrateurs."
        "管理者だけが使えます。";
    /// Another user gave the review.
    ReviewOfAnother "review_of_another"
        "Another user gave the review with this id."
        "Die Bewertung mit dieser Kennung gab jemand anderes ab."
        "Otra persona hizo la reseña con ese identificador."
        "Une autre personne a donné l’avis portant cet identifiant."
        "このIDの評価は別の利用者のものです。";
    /// A report of a mail provider is not believed.
    ReportRefused { reason: String } "report_refused"
        "This report is not taken: {reason}."
        "Diese Meldung wird nicht angenommen: {reason}."
        "Este aviso no se admite: {reason}."
        "Ce rapport n’est pas accepté : {reason}."
        "この報告は受け付けられません:{reason}。";
    /// The picture was changed meanwhile.
    PictureChanged "picture_changed"
        "The picture was changed at the same time. Try again."
        "Das Bild wurde gleichzeitig geändert. Versuche es noch einmal."
        "La imagen se modificó al mismo tiempo. Inténtalo de nuevo."
        "L’image a été modifiée au même moment. Réessayez."
        "画像が同時に変更されました。もう一度お試しください。";
    /// The gallery was changed meanwhile.
    GalleryChanged "gallery_changed"
        "The gallery was changed at the same time. Try again."
        "Die Galerie wurde gleichzeitig geändert. Versuche es noch einmal."
        "La galería se modificó al mismo tiempo. Inténtalo de nuevo."
        "La galerie a été modifiée au même moment. Réessayez."
        "ギャラリーが同時に変更されました。もう一度お試しください。";
    /// All places of the gallery are taken.
    GalleryFull { max: usize } "gallery_full"
        "All {max} places of this gallery are taken. Delete a picture, or finish an upload, first."
        "Alle {max} Plätze dieser Galerie sind belegt. Lösche zuerst ein Bild oder schließe einen Upload ab."
        "Los {max} lugares de esta galería están ocupados. Borra antes una imagen o termina una subida."
        "Les {max} places de cette galerie sont prises. Supprimez une image ou terminez un envoi d’abord."
        "このギャラリーの{max}か所はすべて使われています。先に画像を削除するか、アップロードを終えてください。";
    /// The upload was completed.
    UploadCompleted "upload_completed"
        "This upload was completed before."
        "Dieser Upload wurde schon abgeschlossen."
        "Esta subida ya se completó."
        "Cet envoi a déjà été terminé."
        "このアップロードはすでに完了しています。";
    /// The upload was completed as something else.
    UploadCompletedOtherwise "upload_completed_otherwise"
        "This upload was completed before, as something else."
        "Dieser Upload wurde schon abgeschlossen, aber als etwas anderes."
        "Esta subida ya se completó, como otra cosa."
        "Cet envoi a déjà été terminé, autrement."
        "このアップロードは別の内容ですでに完了しています。";
    /// The stored object is not what was said.
    UploadDiffers "upload_differs"
        "What was uploaded is not what you say (s3ETag, actualSize). The id is free again; ask for another upload."
        "Hochgeladen wurde etwas anderes, als du sagst (s3ETag, actualSize). Die Kennung ist wieder frei; fordere einen neuen Upload an."
        "Lo que se subió no es lo que dices (s3ETag, actualSize). El identificador queda libre; pide otra subida."
        "Ce qui a été envoyé n’est pas ce que vous dites (s3ETag, actualSize). L’identifiant est libre ; demandez un autre envoi."
        "アップロードされたものが申告(s3ETag、actualSize)と異なります。IDは解放されました。あらためて請求してください。";
    /// Literal in English: requirement 004.
    OnlyImages "only_images"
        "Only image type supported"
        "Nur Bilder werden unterstützt"
        "Solo se admiten imágenes"
        "Seules les images sont prises en charge"
        "画像だけに対応しています";
    /// Literal in English: requirement 004.
    MissingField { field: String } "missing_field"
        "Missing required field: {field}"
        "Dieses Feld fehlt: {field}"
        "Falta este campo: {field}"
        "Ce champ manque : {field}"
        "必須項目がありません:{field}";
    /// Literal in English: requirement 004.
    FileTooLarge { max: u64 } "file_too_large"
        "File size exceeds limit: {max}"
        "Die Datei überschreitet die Grenze: {max}"
        "El archivo supera el límite: {max}"
        "Le fichier dépasse la limite : {max}"
        "ファイルが上限を超えています:{max}";
    /// Literal in English: requirement 004.
    FormatUnsupported { format: String } "format_unsupported"
        "Unsupported format: {format}"
        "Dieses Format wird nicht unterstützt: {format}"
        "Este formato no se admite: {format}"
        "Ce format n’est pas pris en charge : {format}"
        "対応していない形式です:{format}";
    /// Literal in English: requirement 004.
    MetaNotBase64 "meta_not_base64"
        "Invalid mediaMeta format: Invalid base64"
        "mediaMeta hat eine falsche Form: kein Base64"
        "mediaMeta tiene un formato incorrecto: no es base64"
        "mediaMeta est mal formé : ce n’est pas du base64"
        "mediaMetaの形式が正しくありません:base64ではありません";
    /// As requirement 004 words its like.
    MetaNotJson "meta_not_json"
        "Invalid mediaMeta format: Invalid JSON"
        "mediaMeta hat eine falsche Form: kein JSON"
        "mediaMeta tiene un formato incorrecto: no es JSON"
        "mediaMeta est mal formé : ce n’est pas du JSON"
        "mediaMetaの形式が正しくありません:JSONではありません";
    /// As requirement 004 words its like.
    MetaTypes "meta_types"
        "Invalid mediaMeta format: size, width and height must be whole numbers, format a text"
        "mediaMeta hat eine falsche Form: size, width und height sind ganze Zahlen, format ist ein Text"
        "mediaMeta tiene un formato incorrecto: size, width y height son números enteros, format un texto"
        "mediaMeta est mal formé : size, width et height sont des nombres entiers, format un texte"
        "mediaMetaの形式が正しくありません:size、width、heightは整数、formatは文字列です";
    /// The pool of picture workers is full.
    ManyPictures "many_pictures"
        "Too many pictures arrive right now. Send yours again in a moment."
        "Gerade kommen zu viele Bilder an. Sende deines gleich noch einmal."
        "Llegan demasiadas imágenes ahora mismo. Envía la tuya de nuevo en un momento."
        "Trop d’images arrivent en ce moment. Renvoyez la vôtre dans un instant."
        "画像が集中しています。少ししてからもう一度送ってください。";
    /// Pictures can't be stored or read.
    PicturesDown "pictures_down"
        "Pictures can’t be kept or given right now. Nothing was lost; try again in a moment."
        "Bilder lassen sich gerade weder ablegen noch abrufen. Nichts ging verloren; versuche es gleich noch einmal."
        "Ahora no se pueden guardar ni dar imágenes. No se perdió nada; inténtalo de nuevo en un momento."
        "Les images ne peuvent être ni gardées ni données pour l’instant. Rien n’est perdu ; réessayez dans un moment."
        "現在画像の保存や取得ができません。失われたものはありません。少ししてからお試しください。";
    /// Many avatars are being drawn.
    ManyDrawings "many_drawings"
        "Many pictures are being drawn. Try again in a moment."
        "Gerade werden viele Bilder gezeichnet. Versuche es gleich noch einmal."
        "Se están dibujando muchas imágenes. Inténtalo de nuevo en un momento."
        "Beaucoup d’images sont en cours de dessin. Réessayez dans un moment."
        "多くの画像を描画中です。少ししてからお試しください。";
    /// What is stored was written by a later release, or is damaged.
    StoredUnreadable "stored_unreadable"
        "Something that is stored can’t be read right now. It was not touched; try again later."
        "Etwas Gespeichertes lässt sich gerade nicht lesen. Es wurde nicht verändert; versuche es später noch einmal."
        "Algo de lo guardado no se puede leer ahora. No se ha tocado; inténtalo más tarde."
        "Une donnée enregistrée ne peut pas être lue pour l’instant. Elle n’a pas été modifiée ; réessayez plus tard."
        "保存されたデータの一部を現在読み込めません。データは変更されていません。後でもう一度お試しください。";
    /// The picture has too many bytes.
    PictureBytes { max: Size } "picture_bytes"
        "The picture is larger than {max}. Send a smaller version of it."
        "Das Bild ist größer als {max}. Sende eine kleinere Fassung."
        "La imagen ocupa más de {max}. Envía una versión más pequeña."
        "L’image dépasse {max}. Envoyez-en une version plus petite."
        "画像が{max}を超えています。小さくしたものを送ってください。";
    /// The file is of a type that is not taken.
    PictureType { allowed: Vec<String> } "picture_type"
        "The file is of a type that is not taken. Send one of these: {allowed}."
        "Dateien dieser Art werden nicht angenommen. Sende eine von diesen: {allowed}."
        "El archivo es de un tipo que no se admite. Envía uno de estos: {allowed}."
        "Le fichier est d’un type qui n’est pas accepté. Envoyez l’un de ceux-ci : {allowed}."
        "受け付けていない形式のファイルです。次のどれかを送ってください:{allowed}。";
    /// The picture is too large in some measure.
    PictureMeasure { measure: PictureMeasure, max: u64, actual: u64 } "picture_measure"
        "This picture is too large: its {measure} is {actual}, and {max} is allowed. Send a smaller version of it."
        "Dieses Bild ist zu groß: {measure} {actual}, erlaubt {max}. Sende eine kleinere Fassung."
        "Esta imagen es demasiado grande: {measure} {actual}, se permite {max}. Envía una versión más pequeña."
        "Cette image est trop grande : {measure} {actual}, {max} permis. Envoyez-en une version plus petite."
        "画像が大きすぎます({measure}は{actual}、上限は{max})。小さくしたものを送ってください。";
    /// The picture takes too long to read.
    PictureTooSlow "picture_too_slow"
        "This picture takes too long to read. Send a smaller or simpler version of it."
        "Dieses Bild zu lesen dauert zu lange. Sende eine kleinere oder einfachere Fassung."
        "Leer esta imagen tarda demasiado. Envía una versión más pequeña o más sencilla."
        "Cette image est trop longue à lire. Envoyez-en une version plus petite ou plus simple."
        "画像の読み込みに時間がかかりすぎます。小さいか単純なものを送ってください。";
    /// The picture can't be read.
    PictureUnreadable "picture_unreadable"
        "This picture can’t be read. Open it in a picture editor, save it again and send the new file."
        "Dieses Bild lässt sich nicht lesen. Öffne es in einem Bildprogramm, speichere es neu und sende die neue Datei."
        "No se puede leer esta imagen. Ábrela en un editor, guárdala de nuevo y envía el archivo nuevo."
        "Cette image est illisible. Ouvrez-la dans un éditeur, enregistrez-la à nouveau et envoyez le nouveau fichier."
        "画像を読み込めません。画像編集ソフトで開いて保存し直し、送ってください。";
    /// It was done.
    DoneBefore "done_before"
        "This was done before."
        "Das wurde schon getan."
        "Esto ya se hizo."
        "Ceci a déjà été fait."
        "すでに行われています。";
    /// An event id was used for something else.
    EventIdUsed "event_id_used"
        "This eventId was used for something else. Give every event an id of its own."
        "Diese eventId wurde für etwas anderes benutzt. Gib jedem Ereignis eine eigene."
        "Este eventId se usó para otra cosa. Da a cada evento el suyo."
        "Cet eventId a servi à autre chose. Donnez à chaque événement le sien."
        "このeventIdは別のことに使われています。イベントごとに固有のIDを付けてください。";
    /// The service token lacks the scope.
    NoScope { scope: String } "no_scope"
        "This token does not have the scope “{scope}”."
        "Diesem Token fehlt die Berechtigung „{scope}“."
        "Este token no tiene el permiso «{scope}»."
        "Ce jeton n’a pas la portée « {scope} »."
        "このトークンにはスコープ「{scope}」がありません。";
    /// There is no good service token.
    ServiceToken "service_token"
        "Send a service token as “Authorization: Bearer sst_…”; operators make them with `selfsame token create`."
        "Sende ein Diensttoken als „Authorization: Bearer sst_…“; der Betrieb erzeugt es mit `selfsame token create`."
        "Envía un token de servicio como «Authorization: Bearer sst_…»; los operadores lo crean con `selfsame token create`."
        "Envoyez un jeton de service par « Authorization: Bearer sst_… » ; les opérateurs le créent avec `selfsame token create`."
        "サービストークンを「Authorization: Bearer sst_…」で送ってください。運用者が`selfsame token create`で作ります。";
    /// There are as many webhooks as there may be.
    WebhooksFull { max: usize } "webhooks_full"
        "There are {max} webhooks, and there may be no more."
        "Es gibt {max} Webhooks, mehr sind nicht möglich."
        "Hay {max} webhooks y no puede haber más."
        "Il y a {max} webhooks, et il ne peut y en avoir plus."
        "Webhookは上限の{max}個あります。";
    /// The event is gone.
    EventGone "event_gone"
        "There is no such event any more, or it was a test."
        "Dieses Ereignis gibt es nicht mehr, oder es war ein Test."
        "Ese evento ya no existe, o era una prueba."
        "Cet événement n’existe plus, ou c’était un essai."
        "このイベントはもうないか、テストでした。";
    /// The person has as many streams as there may be.
    StreamsOpen { max: usize } "streams_open"
        "You have {max} streams open already. Close one, or try again later."
        "Du hast schon {max} Datenströme offen. Schließe einen oder versuche es später."
        "Ya tienes {max} flujos abiertos. Cierra uno o inténtalo más tarde."
        "Vous avez déjà {max} flux ouverts. Fermez-en un ou réessayez plus tard."
        "すでに{max}個のストリームを開いています。一つ閉じるか、後でお試しください。";
    /// The node has as many streams as it takes.
    StreamsFull "streams_full"
        "Too many streams are open here right now. Try again later, or ask now and then instead."
        "Hier sind gerade zu viele Datenströme offen. Versuche es später oder frage ab und zu nach."
        "Hay demasiados flujos abiertos aquí. Inténtalo más tarde o pregunta de vez en cuando."
        "Trop de flux sont ouverts ici. Réessayez plus tard, ou interrogez de temps en temps."
        "開かれているストリームが多すぎます。後で試すか、ときどき問い合わせてください。";
    /// No free alias was found.
    AliasesFull "aliases_full"
        "Too many people are anonymous here for a free name to be found. Try again."
        "Hier sind zu viele Leute anonym, um einen freien Namen zu finden. Versuche es noch einmal."
        "Hay demasiada gente anónima aquí para encontrar un nombre libre. Inténtalo de nuevo."
        "Trop de personnes sont anonymes ici pour trouver un nom libre. Réessayez."
        "匿名の人が多く、空いている名前が見つかりません。もう一度お試しください。";
    /// The first request with the key is being answered.
    KeyInFlight "key_in_flight"
        "The first request with this Idempotency-Key is still being answered. Try again in a moment."
        "Die erste Anfrage mit diesem Idempotency-Key wird noch beantwortet. Versuche es gleich noch einmal."
        "La primera petición con este Idempotency-Key aún se está respondiendo. Inténtalo de nuevo en un momento."
        "La première requête avec cet Idempotency-Key est en cours. Réessayez dans un moment."
        "このIdempotency-Keyの最初のリクエストを処理中です。少ししてからお試しください。";
    /// The key was used for another request.
    KeyUsed "key_used"
        "This Idempotency-Key was used for another request. Use a new key for a new request."
        "Dieser Idempotency-Key wurde für eine andere Anfrage benutzt. Nimm für jede Anfrage einen neuen."
        "Este Idempotency-Key se usó para otra petición. Usa uno nuevo para cada petición."
        "Cet Idempotency-Key a servi à une autre requête. Utilisez-en un nouveau pour chaque requête."
        "このIdempotency-Keyは別のリクエストに使われました。新しいリクエストには新しいキーを使ってください。";
    /// The key has a wrong form.
    KeyForm { max: usize } "key_form"
        "Idempotency-Key must be one text of 1 to {max} ASCII characters without spaces."
        "Idempotency-Key ist ein Text aus 1 bis {max} ASCII-Zeichen ohne Leerzeichen."
        "Idempotency-Key es un texto de 1 a {max} caracteres ASCII sin espacios."
        "Idempotency-Key est un texte de 1 à {max} caractères ASCII sans espaces."
        "Idempotency-Keyは空白を含まない1〜{max}文字のASCIIにしてください。";
    /// The request was carried out, and nobody knows what was answered.
    AnswerLost "answer_lost"
        "This request was carried out before, and its answer was lost. Load what it changes to see what it did."
        "Diese Anfrage wurde schon ausgeführt, ihre Antwort ging verloren. Lade, was sie ändert, um zu sehen, was sie getan hat."
        "Esta petición ya se realizó y su respuesta se perdió. Carga lo que cambia para ver qué hizo."
        "Cette requête a déjà été exécutée et sa réponse s’est perdue. Chargez ce qu’elle modifie pour voir ce qu’elle a fait."
        "このリクエストは実行済みですが、応答が失われました。変更対象を読み込んで結果を確認してください。";
    /// There are no such bytes.
    NoSuchRange "no_such_range"
        "There are no such bytes; \"Content-Range\" says how many there are."
        "Diese Bytes gibt es nicht; „Content-Range“ sagt, wie viele es sind."
        "No hay tales bytes; «Content-Range» dice cuántos hay."
        "Ces octets n’existent pas ; « Content-Range » dit combien il y en a."
        "その範囲のバイトはありません。全体の長さは「Content-Range」にあります。";
    /// The request names no host, or more than one.
    OneHost "one_host"
        "The request must have one \"Host\" header (RFC 9112, 3.2)."
        "Die Anfrage braucht genau einen „Host“-Header (RFC 9112, 3.2)."
        "La petición debe tener una sola cabecera «Host» (RFC 9112, 3.2)."
        "La requête doit avoir un seul en-tête « Host » (RFC 9112, 3.2)."
        "リクエストには「Host」ヘッダーが一つだけ必要です(RFC 9112、3.2)。";
    /// Metrics are for those who are near.
    OnlyNearby "only_nearby"
        "Only callers from private networks may read this. Set metrics.token and send it to read it from elsewhere."
        "Das dürfen nur Aufrufer aus privaten Netzen lesen. Setze metrics.token und sende es, um es von anderswo zu lesen."
        "Esto solo pueden leerlo quienes llaman desde redes privadas. Configura metrics.token y envíalo para leerlo desde otro lugar."
        "Seuls les appels depuis des réseaux privés peuvent lire ceci. Définissez metrics.token et envoyez-le pour le lire d’ailleurs."
        "プライベートネットワークからだけ読めます。ほかから読むにはmetrics.tokenを設定して送ってください。";
    /// The answer was too large to be kept.
    AnswerTooLarge "answer_too_large"
        "This request was carried out before; its answer was too large to be kept."
        "Diese Anfrage wurde schon ausgeführt; die Antwort war zu groß, um sie aufzuheben."
        "Esta petición ya se realizó; su respuesta era demasiado grande para guardarla."
        "Cette requête a déjà été exécutée ; sa réponse était trop grande pour être gardée."
        "このリクエストは実行済みですが、応答が大きすぎて保存されていません。";
}

/// In which measure a picture is too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum PictureMeasure {
    /// Pixels of the longer side.
    Side,
    /// Pixels in all.
    Pixels,
    /// Passes that build it.
    Scans,
    /// Bytes of the colour profile.
    ColourProfile,
}

impl Shown for PictureMeasure {
    fn json(&self) -> serde_json::Value {
        serde_json::json!(match self {
            Self::Side => "side",
            Self::Pixels => "pixels",
            Self::Scans => "scans",
            Self::ColourProfile => "colour_profile",
        })
    }

    fn show(&self, language: Locale) -> String {
        let texts = match self {
            Self::Side => [
                "longer side in pixels",
                "längere Seite in Pixeln",
                "lado mayor en píxeles",
                "grand côté en pixels",
                "長辺のピクセル数",
            ],
            Self::Pixels => [
                "number of pixels",
                "Anzahl der Pixel",
                "número de píxeles",
                "nombre de pixels",
                "ピクセル数",
            ],
            Self::Scans => [
                "number of passes",
                "Anzahl der Durchgänge",
                "número de pasadas",
                "nombre de passes",
                "スキャン数",
            ],
            Self::ColourProfile => [
                "colour profile in bytes",
                "Farbprofil in Bytes",
                "perfil de color en bytes",
                "profil de couleur en octets",
                "カラープロファイルのバイト数",
            ],
        };
        in_language(texts, language).to_owned()
    }
}
