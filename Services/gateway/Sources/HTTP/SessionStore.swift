import Cryptography
import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Redis
import ServiceRuntime
import WireContract

/// Signed-in sessions: a signed cookie that names one, and a key in Redis that says whether it still lasts.
struct SessionStore: Sendable {
    /// The cookie's name.
    static let cookie = "sc_session"

    /// Who is signed in, by which session.
    struct Session: Equatable, Sendable {
        let user: UserID
        let id: String
    }

    let redis: RedisClient
    private let key: [UInt8]
    let lifetime: Duration

    init(redis: RedisClient, key: [UInt8], lifetime: Duration) {
        self.redis = redis
        self.key = key
        self.lifetime = lifetime
    }

    // MARK: The cookie

    /// `<user>.<session>.<signature>`.
    func cookie(for session: Session) -> String {
        "\(session.user).\(session.id).\(self.signature(session.user.rawValue, session.id))"
    }

    /// `Set-Cookie` of a session, renewed with each use; without one, of its end. Secure where the client came by TLS.
    func header(for session: Session?, _ request: Request) -> String {
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] }
        let secure = forwarded?.lowercased() == "https" ? "; Secure" : ""
        let age = session == nil ? 0 : self.lifetime.components.seconds
        let value = session.map { self.cookie(for: $0) } ?? ""
        return "\(Self.cookie)=\(value); Path=/; HttpOnly; SameSite=Lax\(secure); Max-Age=\(age)"
    }

    /// Reads a cookie; a forged one is no session. Says nothing about whether the session still lasts.
    func session(fromCookie value: String) -> Session? {
        // From the right: a user id may hold dots.
        guard let last = value.lastIndex(of: "."), let first = value[..<last].lastIndex(of: ".") else { return nil }
        let id = String(value[value.index(after: first)..<last])
        guard let user = try? UserID(value[..<first]), (16...64).contains(id.utf8.count),
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") })
        else { return nil }
        let given = Array(value[value.index(after: last)...].utf8)
        guard constantTimeEqual(given, Array(self.signature(user.rawValue, id).utf8)) else { return nil }
        return Session(user: user, id: id)
    }

    /// Finds the session among all cookies of a request.
    func session(fromHeader header: String?) -> Session? {
        for part in (header ?? "").split(separator: ";") {
            let pair = part.drop { $0 == " " }
            guard pair.hasPrefix(Self.cookie + "=") else { continue }
            if let session = self.session(fromCookie: String(pair.dropFirst(Self.cookie.count + 1))) { return session }
        }
        return nil
    }

    private func signature(_ user: String, _ id: String) -> String {
        Base64URL.encode(HMAC.sha256(key: self.key, message: Array("sc_session \(user).\(id)".utf8)))
    }

    // MARK: The key in Redis

    func start(for user: UserID) async throws -> Session {
        let session = Session(user: user, id: Base64URL.encode(try SecureRandom.bytes(18)))
        _ = try await self.redis.send(
            RedisCommand(
                "SET", RedisArgument(self.name(session)),
                RedisArgument("{\"created_at\":\(WallClock.milliseconds())}"), "EX", RedisArgument(self.seconds)))
        return session
    }

    /// Whether the session lasts; its lifetime begins anew. Asked on one event loop, by that loop's own client.
    func touch(_ session: Session, on eventLoop: any EventLoop, redis: RedisClient) -> EventLoopFuture<Bool> {
        let command = RedisCommand("EXPIRE", RedisArgument(self.name(session)), RedisArgument(self.seconds))
        return redis.send(command).hop(to: eventLoop).map { $0.int == 1 }
    }

    /// Whether the session lasts; its lifetime begins anew.
    func touch(_ session: Session) async throws -> Bool {
        let command = RedisCommand("EXPIRE", RedisArgument(self.name(session)), RedisArgument(self.seconds))
        return try await self.redis.send(command).int == 1
    }

    /// Ends a session: its key goes, its sockets are told at once, and gateways that are cut off read it in the inbox.
    func end(_ session: Session) async throws {
        let json = SessionRevokedPayload(sessionID: session.id).encoded
        let user = session.user.rawValue
        let added = try await self.redis.pipeline([
            RedisCommand("DEL", RedisArgument(self.name(session))),
            RedisCommand(
                "XADD", RedisArgument(RedisNames.inbox(user: user)), "MAXLEN", "~",
                RedisArgument(PersonalEvent.inboxLength), "*", "event",
                RedisArgument(PersonalEvent.Event.sessionRevoked), "json", RedisArgument(json)),
        ])
        for case .failure(let error) in added { throw error }
        guard case .success(let id)? = added.last else { return }
        let event = PersonalEvent(
            event: PersonalEvent.Event.sessionRevoked, inboxID: id.string, json: json)
        _ = try await self.redis.send(
            RedisCommand("SPUBLISH", RedisArgument(RedisNames.personal(user: user)), RedisArgument(event.encoded)))
    }

    private var seconds: Int { Int(self.lifetime.components.seconds) }

    private func name(_ session: Session) -> String {
        RedisNames.session(user: session.user.rawValue, session: session.id)
    }
}
