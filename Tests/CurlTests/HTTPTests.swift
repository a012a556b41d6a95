import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Curl

struct HTTPTests {
    private let curl = CurlClient(logger: Logger(label: "test"))

    @Test("method, headers and body go out, status, headers and body come back")
    func roundTrip() async throws {
        try await Self.serving { url in
            let response = try await self.curl.execute(
                HTTPRequest(
                    method: "POST", url: "\(url)/echo", headers: [(name: "X-Squad", value: "alpha")],
                    body: Array("hello".utf8)))
            #expect(response.status == 201)
            #expect(response.header("x-method") == "POST")
            #expect(response.header("X-Squad-Was") == "alpha")
            #expect(response.body == Array("hello".utf8))
        }
    }

    @Test("an error status is an answer, with its headers")
    func status() async throws {
        try await Self.serving { url in
            let response = try await self.curl.execute(HTTPRequest(url: "\(url)/throttled"))
            #expect(response.status == 429)
            #expect(response.header("Retry-After") == "7")
        }
    }

    @Test("an answer above the limit is refused")
    func tooLarge() async throws {
        try await Self.serving { url in
            await #expect(throws: CurlError.responseTooLarge(limit: 1_000)) {
                try await self.curl.execute(HTTPRequest(url: "\(url)/large", maximumResponseBytes: 1_000))
            }
            let whole = try await self.curl.execute(HTTPRequest(url: "\(url)/large", maximumResponseBytes: 100_000))
            #expect(whole.body.count == 100_000)
        }
    }

    @Test("a server that never answers may have acted")
    func timeout() async throws {
        try await Self.serving { url in
            await #expect(throws: CurlError.timedOut(mayHaveRun: true)) {
                try await self.curl.execute(
                    HTTPRequest(method: "POST", url: "\(url)/hang", body: [1], timeout: .milliseconds(500)))
            }
        }
    }

    @Test(
        "what could smuggle a header, or another protocol, is refused before anything is sent",
        arguments: [
            HTTPRequest(url: "http://127.0.0.1/", headers: [(name: "X", value: "a\r\nY: b")]),
            HTTPRequest(url: "http://127.0.0.1/", headers: [(name: "X\r\nY", value: "b")]),
            HTTPRequest(url: "http://127.0.0.1/ HTTP/1.1\r\nX: y"),
            HTTPRequest(method: "GET /x", url: "http://127.0.0.1/"),
            HTTPRequest(url: "file:///etc/passwd"),
        ])
    func refused(request: HTTPRequest) async {
        await #expect { try await self.curl.execute(request) } throws: { error in
            if case .invalid = error as? CurlError { true } else { false }
        }
    }

    @Test("many requests at once all get their own answer")
    func concurrent() async throws {
        try await Self.serving { url in
            let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let body = Array("\(number)".utf8)
                        let request = HTTPRequest(method: "POST", url: "\(url)/echo", body: body)
                        let response = try await self.curl.execute(request)
                        #expect(response.body == body)
                        return response.body
                    }
                }
                return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
            }
            #expect(bodies.count == 200)
        }
    }

    /// Runs `body` beside a small HTTP server.
    private static func serving(_ body: (String) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Responder())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)")) } catch {
            result = .failure(error)
        }
        try await channel.close()
        try result.get()
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body.clear()
        case .body(var part): self.body.writeBuffer(&part)
        case .end: self.answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head, head.uri != "/hang" else { return }
        var headers = HTTPHeaders([("X-Method", head.method.rawValue)])
        if let squad = head.headers.first(name: "X-Squad") { headers.add(name: "X-Squad-Was", value: squad) }
        var status = HTTPResponseStatus.created
        var body = self.body
        if head.uri == "/throttled" {
            status = .tooManyRequests
            headers.add(name: "Retry-After", value: "7")
        } else if head.uri == "/large" {
            body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
        }
        headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        context.write(
            Self.wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
