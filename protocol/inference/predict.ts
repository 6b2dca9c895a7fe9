// `POST /predict`: the plain contract, `{"input": "text"}` → `{"prediction": "text"}`. Its errors are `{"error": "<message>"}`;
// a bad key gets exactly `{"error":"Unauthorized"}`.
import * as z from 'zod';
import { absentWhenNull } from './absent.ts';
import { generationParameters } from './generation-parameters.ts';
import { textSchema } from './text.ts';

const MAX_TEXT_LENGTH = 64 * 1024 * 1024;

export const predictRequestSchema = z
  .strictObject({
    input: textSchema(MAX_TEXT_LENGTH).min(1),
    model: absentWhenNull(generationParameters.model).meta({ description: "Absent: the gateway's default model." }),
    max_tokens: generationParameters.max_tokens,
    temperature: generationParameters.temperature,
    stop: generationParameters.stop,
  })
  .meta({ id: 'PredictRequest' });

export type PredictRequest = z.infer<typeof predictRequestSchema>;

export const predictResponseSchema = z.object({ prediction: z.string() }).meta({ id: 'PredictResponse' });
export const predictErrorSchema = z.object({ error: z.string() }).meta({ id: 'PredictError' });

/** The body of every 401 of `/predict`, to the letter. */
export const PREDICT_UNAUTHORIZED = { error: 'Unauthorized' } as const;
