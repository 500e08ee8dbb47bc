export { login as POST } from "../../session";
