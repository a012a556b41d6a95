import Directory
import Domain
import JSON
import Testing

@testable import squadctl

/// What the operator's command decides by itself.
struct SquadctlTests {
    private func lines(_ text: String) throws -> [String] {
        try UserFile(Array(text.utf8), defaultVersion: 7).lines.map { line in
            switch line.user {
            case .success(let user): "\(line.number) \(user.userID) \(user.callsign) \(user.role) \(user.version)"
            case .failure(let error): "\(line.number) ! \(error.field ?? "-")"
            }
        }
    }

    @Test("a table is read with quotes, blank lines, line breaks in cells and a mark of UTF-8")
    func table() throws {
        let text =
            "\u{FEFF}User_ID, squad_id,callsign,role\r\n\"a\",alpha,\"Än, \"\"A\"\"\",corporal\r\n\r\nb,alpha,B,recruit\n"
        #expect(try self.lines(text) == ["2 a Än, \"A\" corporal 7", "4 b B recruit 7"])
        #expect(try self.lines("id;squad\na;alpha\n") == ["2 a a recruit 7"])
    }

    @Test("each wrong line is named with its field, and the others count")
    func wrongLines() throws {
        let text = "user_id,squad_id,callsign\na:b,alpha,A\nb,alpha\nc,alpha,\"C\nD\"\nd,alpha,D\nd,bravo,D\n"
        #expect(try self.lines(text) == ["2 ! user_id", "3 ! -", "4 ! callsign", "6 d D recruit 7", "7 ! user_id"])
    }

    @Test("JSON arrays and JSON lines are read alike")
    func json() throws {
        let objects = [#"{"user_id":"a","squad_id":"alpha","version":9}"#, #"{"user_id":"b"}"#]
        #expect(try self.lines("[" + objects.joined(separator: ",") + "]") == ["1 a a recruit 9", "2 ! squad_id"])
        #expect(try self.lines(objects.joined(separator: "\n\n")) == ["1 a a recruit 9", "3 ! squad_id"])
    }

    @Test("a file that is no list of users ends with one reason", arguments: ["", "[1", "name\nx\n", "a,\"b"])
    func noList(text: String) {
        #expect(throws: Failure.self) { try UserFile(Array(text.utf8), defaultVersion: 0) }
    }

    @Test("every signal of the demo engine is a trade that makes sense, and ends")
    func market() throws {
        var market = DemoMarket(random: SystemRandomNumberGenerator(), timeout: 300_000)
        let start = 1_795_363_200_000
        var names: Set<String> = []
        for _ in 0..<300 {
            let json = try JSONValue(parsing: market.signal(at: start))
            let name = try #require(json["signal_id"]?.string)
            names.insert(name)
            _ = try TradingSignal(
                signalID: SignalID(name), symbol: TradeSymbol(#require(json["symbol"]?.string)),
                side: #require(TradeSide(rawValue: json["direction"]?.string ?? "")),
                confidence: #require(json["confidence"]?.double), entry: #require(json["entry_price"]?.double),
                stop: json["stop_loss"]?.double, target: json["take_profit"]?.double,
                riskReward: json["risk_reward"]?.double, issuedAt: Timestamp(milliseconds: Int64(start)))
        }
        #expect(names.count == 300)
        let again = try #require(market.open.first)
        market.adopt(again)
        #expect(market.open.count == 300)
        var endings: [DemoMarket.Ending] = []
        for second in 1...301 { endings += market.move(seconds: 1, now: start + second * 1_000) }
        #expect(market.open.isEmpty && Set(endings.map(\.signal.signalID)) == names)
        #expect(endings.allSatisfy { $0.outcome == "TIMEOUT" || ($0.pips > 0) == ($0.outcome == "WIN") })
    }

    @Test("what users list prints, users import takes again")
    func userList() throws {
        let users = try ["a", "b"].map { id in
            try DirectoryUser(
                userID: UserID(id), username: id, callsign: "The \"\(id)\"", squadID: SquadID("alpha"), role: .corporal,
                rank: "Corporal", email: "\(id)@example.test", version: 5, isActive: id == "a")
        }
        let file = try UserFile(Array(UsersListCommand.json(users).utf8), defaultVersion: 9)
        #expect(try file.lines.map { try $0.user.get() } == users)
    }

    @Test("the doctor fails what loses data and names the remedy")
    func doctor() {
        let status = SuiteStatus(
            at: 0, processes: [],
            partitions: [
                SuiteStatus.Partition(
                    partition: 3, holder: nil, isHeld: false, commands: 0, outbox: 0, notifierLag: nil, deadLetters: 0)
            ], feeds: [], deadLetters: [:], users: 1, squads: 1)
        let findings = Examination.judge(
            info: ["redis_version": "6.2.1", "aof_enabled": "0"], policy: "allkeys-lru", fsync: nil,
            roundTrip: .zero, status: status, archive: "x")
        let failed = Set(findings.filter { $0.verdict == .fail }.map(\.subject))
        #expect(failed == ["Redis", "memory", "partitions", "gateway", "chat", "notifier", "integration"])
        #expect(findings.filter { $0.verdict == .warn }.map(\.subject) == ["append-only file"])
        #expect(findings.filter { $0.verdict != .ok }.allSatisfy { $0.advice != nil })
    }

    @Test("what comes from elsewhere cannot steer the operator's terminal")
    func terminal() {
        #expect(Output.table(["A"], [["x\u{1B}[31m\ny"]]).contains("\u{1B}") == false)
    }
}
